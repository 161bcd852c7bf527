#include "compare/peer_process.h"

#include <filesystem>
#include <fmt/format.h>
#include <pwd.h>
#include <regex>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/client/loopback.h"
#include "harness/try.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::bench::compare {
namespace {

bool is_listening(uint16_t port) {
  const absl::StatusOr<int> fd = connect_to_loopback(port);
  if (fd.ok()) ::close(*fd);
  return fd.ok();
}

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? "root" : user->pw_name;
}

uint64_t open_files() {
  rlimit files{};
  return getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 1024;
}

// Where Debian keeps Erlang's libraries: /usr/lib/<machine>, which holds ejabberd-<version>.
std::string erlang_libraries() {
  std::error_code error;
  for (const auto& machine : std::filesystem::directory_iterator("/usr/lib", error)) {
    if (!machine.path().filename().string().ends_with("-linux-gnu")) continue;
    for (const auto& library : std::filesystem::directory_iterator(machine.path(), error)) {
      if (library.path().filename().string().starts_with("ejabberd-")) {
        return machine.path().string();
      }
    }
  }
  return "/usr/lib";
}

// Certificate and key for one server, and one file of both for those that want it so. Its authority.
absl::StatusOr<std::string> make_certificates(const std::string& folder, SettingsWords& words) {
  TOCSIN_TAKE(const runtime::DevCertificates made,
              runtime::load_or_make_dev_certificates(folder + "/tls"));
  words["CERTIFICATE"] = folder + "/tls/server.pem";
  words["KEY"] = folder + "/tls/server.key";
  words["BOTH"] = folder + "/tls/both.pem";
  TOCSIN_TRY(write_file(words["BOTH"],
                        made.identity.certificate_chain_pem + made.identity.private_key_pem));
  return made.ca_pem;
}

}  // namespace

absl::StatusOr<std::string> fill_settings(std::string_view settings, const SettingsWords& words) {
  static const std::regex place("@([A-Z]+)@");
  std::string filled(settings);
  for (std::smatch found; std::regex_search(filled, found, place);) {
    const auto word = words.find(found.str(1));
    if (word == words.end()) {
      return absl::InvalidArgumentError(
          fmt::format("the settings name {}, which is not known", found.str()));
    }
    filled.replace(static_cast<size_t>(found.position()), static_cast<size_t>(found.length()),
                   word->second);
  }
  return filled;
}

absl::StatusOr<PeerProcess> PeerProcess::start(const PeerServer& server,
                                               const std::string& settings_folder, bool keep_folder,
                                               const StopSignal& stop, SettingsWords words) {
  if (!std::filesystem::exists(server.program)) {
    return absl::NotFoundError(fmt::format("not installed: {} is missing; apt-get install {}",
                                           server.program, server.packages));
  }
  TOCSIN_TAKE(TempDir folder, TempDir::create());
  if (keep_folder) folder.keep();
  const std::string path = folder.path();
  TOCSIN_TAKE(const uint16_t port, free_port());
  words.insert({{"PORT", std::to_string(port)},
                {"FOLDER", path},
                {"USER", user_name()},
                {"FILES", std::to_string(open_files())},
                {"FILE", fmt::format("{}/{}", path, server.settings_file)},
                {"ERLANG", erlang_libraries()},
                {"NCHAN", "/usr/lib/nginx/modules/ngx_nchan_module.so"}});
  TOCSIN_TAKE(std::string ca_pem, make_certificates(path, words));
  const std::string from = fmt::format("{}/{}", settings_folder, server.settings_file);
  const std::string settings = file_text(from);
  if (settings.empty()) {
    return absl::NotFoundError(fmt::format(
        "cannot read {}: run from the repository's root or give --settings FOLDER", from));
  }
  TOCSIN_TAKE(const std::string filled, fill_settings(settings, words));
  TOCSIN_TRY(write_file(words["FILE"], filled));
  std::vector<std::string> command = words_of(server.command);
  for (std::string& word : command) {
    TOCSIN_TAKE(word, fill_settings(word, words));
  }
  TOCSIN_TAKE(Service service, Service::start(std::move(folder), std::move(command), false));
  PeerProcess process(std::move(service), port, std::move(ca_pem));
  TOCSIN_TRY(process.wait_until([port] { return is_listening(port); }, stop));
  return process;
}

}  // namespace tocsin::bench::compare
