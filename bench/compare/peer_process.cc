#include "compare/peer_process.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <netinet/in.h>
#include <pwd.h>
#include <sstream>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/clock.h"
#include "compare/settings_file.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::compare {
namespace {

constexpr int look_again_ms = 50;
constexpr size_t log_end_bytes = 1500;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// A port that is free now, and that the system will not give to anybody soon.
absl::StatusOr<uint16_t> free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool found = fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (found) return ntohs(address.sin_port);
  return absl::ResourceExhaustedError(fmt::format("no free port: {}", strerror(error)));
}

bool is_listening(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected =
      fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (fd >= 0) ::close(fd);
  return connected;
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? "root" : user->pw_name;
}

uint64_t open_files() {
  rlimit files{};
  return getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 1024;
}

// Certificate and key for one server, and one file of both for those that want it so.
absl::StatusOr<std::string> make_certificates(const std::string& folder, SettingsWords& words) {
  const absl::StatusOr<runtime::DevCertificates> made =
      runtime::load_or_make_dev_certificates(folder + "/tls");
  if (!made.ok()) return made.status();
  words["CERTIFICATE"] = folder + "/tls/server.pem";
  words["KEY"] = folder + "/tls/server.key";
  words["BOTH"] = folder + "/tls/both.pem";
  std::ofstream both(words["BOTH"], std::ios::trunc);
  both << made->identity.certificate_chain_pem << made->identity.private_key_pem << std::flush;
  if (!both.good()) return absl::UnavailableError("cannot write the server's certificate");
  return made->ca_pem;
}

}  // namespace

absl::StatusOr<PeerProcess> PeerProcess::start(Server server, const std::string& settings_folder,
                                               bool keep_folder, const drill::StopSignal& stop) {
  const ServerFacts facts = facts_of(server);
  if (!std::filesystem::exists(facts.program)) {
    return absl::NotFoundError(fmt::format("not installed: {} is missing; apt-get install {}",
                                           facts.program, fmt::join(facts.packages, " ")));
  }
  absl::StatusOr<drill::TempDir> folder = drill::TempDir::create();
  if (!folder.ok()) return folder.status();
  if (keep_folder) folder->keep();
  const absl::StatusOr<uint16_t> port = free_port();
  if (!port.ok()) return port.status();
  SettingsWords words = {{"PORT", std::to_string(*port)},
                         {"FOLDER", folder->path()},
                         {"USER", user_name()},
                         {"FILES", std::to_string(open_files())},
                         {"NCHAN", "/usr/lib/nginx/modules/ngx_nchan_module.so"}};
  absl::StatusOr<std::string> ca_pem = make_certificates(folder->path(), words);
  if (!ca_pem.ok()) return ca_pem.status();
  const std::string file = fmt::format("{}/{}", folder->path(), facts.settings_file);
  const absl::Status settings =
      make_settings(fmt::format("{}/{}", settings_folder, facts.settings_file), file, words);
  if (!settings.ok()) return settings;
  drill::ChildProcess::Options options;
  options.command = command_of(server, folder->path(), file);
  options.log_file = folder->path() + "/output.log";
  absl::StatusOr<drill::ChildProcess> child = drill::ChildProcess::start(options);
  if (!child.ok()) return child.status();
  PeerProcess process(*std::move(folder), *std::move(child), *port, *std::move(ca_pem));
  const absl::Status listens = process.wait_until_it_listens(stop);
  if (!listens.ok()) return listens;
  return process;
}

PeerProcess::PeerProcess(drill::TempDir folder, drill::ChildProcess child, uint16_t port,
                         std::string ca_pem)
    : folder_(std::move(folder)),
      child_(std::move(child)),
      port_(port),
      ca_pem_(std::move(ca_pem)) {}

absl::Status PeerProcess::wait_until_it_listens(const drill::StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + start_timeout_ms;
  while (monotonic_ms() < deadline_ms) {
    if (absl::Status running = check(); !running.ok()) return running;
    if (is_listening(port_)) return absl::OkStatus();
    if (stop.sleep_ms(look_again_ms)) return absl::CancelledError("interrupted");
  }
  end();
  return absl::DeadlineExceededError(fmt::format("it does not listen after {} s; its log ends:\n{}",
                                                 start_timeout_ms / 1000, log_end()));
}

absl::Status PeerProcess::check() {
  if (child_.is_running()) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("it ended ({}); its log ends:\n{}", child_.how_it_ended(), log_end()));
}

PeerProcess::~PeerProcess() { end(); }

void PeerProcess::end() {
  if (child_.pid() <= 0) return;
  child_.end(stop_grace_ms);
  // A master that had to be killed leaves its workers, which are of its process group.
  kill(-child_.pid(), SIGKILL);
}

std::string PeerProcess::log_end() const {
  const std::string text =
      file_text(folder_.path() + "/output.log") + file_text(folder_.path() + "/error.log");
  return text.substr(text.size() - std::min(text.size(), log_end_bytes));
}

}  // namespace tocsin::compare
