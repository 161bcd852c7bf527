// PeerProcess: a server of another maker, started by this program with settings of its own, in a
// folder of its own, on a free port of 127.0.0.1, and ended with it.
//
// Thread: the main thread.  Bound: start_timeout_ms; it is killed stop_grace_ms after SIGTERM.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "compare/peer_kind.h"
#include "harness/child_process.h"
#include "harness/stop_signal.h"
#include "harness/temp_dir.h"

namespace tocsin::compare {

class PeerProcess {
 public:
  static constexpr uint64_t start_timeout_ms = 30'000;
  static constexpr int stop_grace_ms = 10'000;

  // NOT_FOUND when it is not installed; else why it does not serve, with the end of its log.
  static absl::StatusOr<PeerProcess> start(Server server, const std::string& settings_folder,
                                           bool keep_folder, const harness::StopSignal& stop);

  PeerProcess(PeerProcess&&) noexcept = default;
  PeerProcess& operator=(PeerProcess&&) noexcept = delete;
  ~PeerProcess();  // sees to its end; then its folder is removed

  // UNAVAILABLE, with the end of its log, when it has ended.
  absl::Status check();

  int pid() const { return child_.pid(); }
  uint16_t port() const { return port_; }
  const std::string& ca_pem() const { return ca_pem_; }

 private:
  PeerProcess(harness::TempDir folder, harness::ChildProcess child, uint16_t port,
              std::string ca_pem)
      : folder_(std::move(folder)),
        child_(std::move(child)),
        port_(port),
        ca_pem_(std::move(ca_pem)) {}
  absl::Status wait_until_it_listens(const harness::StopSignal& stop);
  std::string log_end() const;

  harness::TempDir folder_;
  harness::ChildProcess child_;
  uint16_t port_;
  std::string ca_pem_;
};

}  // namespace tocsin::compare
