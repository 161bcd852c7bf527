#include "compare/peer_process.h"

#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "compare/settings_file.h"
#include "harness/client/loopback.h"
#include "harness/text_file.h"
#include "harness/try.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::compare {
namespace {

constexpr uint32_t look_again_ms = 50;

bool is_listening(uint16_t port) {
  const absl::StatusOr<int> fd = harness::connect_to_loopback(port);
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

// Certificate and key for one server, and one file of both for those that want it so. Its authority.
absl::StatusOr<std::string> make_certificates(const std::string& folder, SettingsWords& words) {
  TOCSIN_TAKE(const runtime::DevCertificates made,
              runtime::load_or_make_dev_certificates(folder + "/tls"));
  words["CERTIFICATE"] = folder + "/tls/server.pem";
  words["KEY"] = folder + "/tls/server.key";
  words["BOTH"] = folder + "/tls/both.pem";
  TOCSIN_TRY(harness::write_file(
      words["BOTH"], made.identity.certificate_chain_pem + made.identity.private_key_pem));
  return made.ca_pem;
}

}  // namespace

absl::StatusOr<PeerProcess> PeerProcess::start(Server server, const std::string& settings_folder,
                                               bool keep_folder, const harness::StopSignal& stop) {
  const ServerFacts facts = facts_of(server);
  if (!std::filesystem::exists(facts.program)) {
    return absl::NotFoundError(fmt::format("not installed: {} is missing; apt-get install {}",
                                           facts.program, fmt::join(facts.packages, " ")));
  }
  TOCSIN_TAKE(harness::TempDir folder, harness::TempDir::create());
  if (keep_folder) folder.keep();
  const std::string& path = folder.path();
  TOCSIN_TAKE(const uint16_t port, harness::free_port());
  SettingsWords words = {{"PORT", std::to_string(port)},
                         {"FOLDER", path},
                         {"USER", user_name()},
                         {"FILES", std::to_string(open_files())},
                         {"NCHAN", "/usr/lib/nginx/modules/ngx_nchan_module.so"}};
  TOCSIN_TAKE(std::string ca_pem, make_certificates(path, words));
  const std::string file = fmt::format("{}/{}", path, facts.settings_file);
  TOCSIN_TRY(
      make_settings(fmt::format("{}/{}", settings_folder, facts.settings_file), file, words));
  TOCSIN_TAKE(harness::ChildProcess child,
              harness::ChildProcess::start({command_of(server, path, file), path + "/output.log"}));
  PeerProcess process(std::move(folder), std::move(child), port, std::move(ca_pem));
  TOCSIN_TRY(process.wait_until_it_listens(stop));
  return process;
}

absl::Status PeerProcess::wait_until_it_listens(const harness::StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + start_timeout_ms;
  while (monotonic_ms() < deadline_ms) {
    TOCSIN_TRY(check());
    if (is_listening(port_)) return absl::OkStatus();
    TOCSIN_TRY(stop.sleep_ms(look_again_ms));
  }
  child_.end(stop_grace_ms);
  return absl::DeadlineExceededError(fmt::format("it does not listen after {} s; its log ends:\n{}",
                                                 start_timeout_ms / 1000, log_end()));
}

absl::Status PeerProcess::check() {
  if (child_.is_running()) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("it ended ({}); its log ends:\n{}", child_.how_it_ended(), log_end()));
}

PeerProcess::~PeerProcess() {
  if (child_.pid() <= 0) return;
  child_.end(stop_grace_ms);
  // A master that had to be killed leaves its workers, which are of its process group.
  kill(-child_.pid(), SIGKILL);
}

std::string PeerProcess::log_end() const {
  return harness::end_of_log(folder_.path() + "/output.log") +
         harness::end_of_log(folder_.path() + "/error.log");
}

}  // namespace tocsin::compare
