// ServerProcess: a tocsind of this program's own, in a temporary directory, on ports the system
// chose.
//
// tocsind writes its ready file, one JSON object, when it serves:
//   {"pid": 1, "gateway_port": 1, "api_port": 1, "admin_key_file": "...", "ca_file": "..."}
//
// Thread: the main thread.  Bound: start_timeout_ms; it is killed stop_grace_ms after SIGTERM.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "harness/child_process.h"
#include "harness/stop_signal.h"
#include "harness/temp_dir.h"

namespace tocsin::harness {

// The ready file's content.
struct ServerReady {
  int pid = 0;
  uint16_t gateway_port = 0;
  uint16_t api_port = 0;
  uint16_t grpc_port = 0;  // 0: it speaks no gRPC
  std::string admin_key_file;
  std::string ca_file;
};

// INVALID_ARGUMENT when it is not JSON (yet) or a field is missing or out of its range.
absl::StatusOr<ServerReady> parse_ready(const std::string& json);

class ServerProcess {
 public:
  static constexpr uint64_t start_timeout_ms = 60'000;
  static constexpr int stop_grace_ms = 20'000;

  struct Options {
    std::string program;
    std::vector<std::string> more_arguments = {};
    bool grpc = false;
    bool keep_directory = false;
  };
  // Start it and wait until it serves. The message of a failure holds the end of its log. CANCELLED
  // when `stop` came first.
  static absl::StatusOr<ServerProcess> start(const Options& options, const StopSignal& stop);

  ServerProcess(ServerProcess&&) noexcept = default;
  ServerProcess& operator=(ServerProcess&&) noexcept = delete;
  // Ends it in order, and says on standard error when it did not end well.
  ~ServerProcess();

  // Tell it to end, without waiting: so that many end at the same time.
  void ask_to_end() { child_.ask_to_end(); }
  // UNAVAILABLE, with the end of its log, when it has ended.
  absl::Status check();

  const ServerReady& ready() const { return ready_; }
  const std::string& directory() const { return directory_.path(); }

 private:
  ServerProcess(TempDir directory, ChildProcess child)
      : directory_(std::move(directory)), child_(std::move(child)) {}
  absl::Status wait_until_ready(const StopSignal& stop);
  std::string log_end() const;

  TempDir directory_;  // removed after the process has ended
  ChildProcess child_;
  ServerReady ready_;
};

}  // namespace tocsin::harness
