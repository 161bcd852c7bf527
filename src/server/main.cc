// tocsind: the server binary.
#include <cstdio>
#include <signal.h>

#include "runtime/log.h"
#include "server/config.h"
#include "server/offline.h"
#include "server/server.h"

namespace {

// Blocked in every thread from the start, so that only wait_for_stop() sees them.
sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

int main(int argc, char** argv) {
  tocsin::server::Config config;
  if (const int status = tocsin::server::parse_config(argc, argv, config); status >= 0) {
    return status;
  }
  signal(SIGPIPE, SIG_IGN);
  const sigset_t stop = stop_signals();
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  if (const absl::Status status = tocsin::runtime::set_log_level(config.log_level); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 2;
  }
  if (config.check_store) return tocsin::server::check_store(config);
  if (!config.restore_backup.empty()) return tocsin::server::restore_backup(config);
  auto server = tocsin::server::Server::start(config);
  if (!server.ok()) {
    tocsin::runtime::log_error("tocsind: cannot start: {}", std::string(server.status().message()));
    return 1;
  }
  tocsin::runtime::log_info("tocsind {}: ready", TOCSIN_VERSION);
  int received = 0;
  sigwait(&stop, &received);
  tocsin::runtime::log_info("tocsind: stopping");
  server->reset();
  tocsin::runtime::log_info("tocsind: stopped");
  return 0;
}
