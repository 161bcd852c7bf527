// ServerProcess: a tocsind of the drill's own, in a temporary directory, on ports the system chose.
//
// tocsind writes its ready file, one JSON object, when it serves:
//   {"pid": 1, "gateway_port": 1, "api_port": 1, "admin_key_file": "...", "ca_file": "..."}
//
// Thread: the main thread.  Bound: start_timeout_ms; it is killed stop_grace_ms after SIGTERM.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/child_process.h"
#include "drill/stop_signal.h"
#include "drill/temp_dir.h"

namespace tocsin::drill {

// The ready file's content.
struct ServerReady {
  int pid = 0;
  uint16_t gateway_port = 0;
  uint16_t api_port = 0;
  std::string admin_key_file;
  std::string ca_file;
};

// INVALID_ARGUMENT when it is not JSON (yet) or a field is missing or out of its range.
absl::StatusOr<ServerReady> parse_ready(std::string_view json);

class ServerProcess {
 public:
  static constexpr uint64_t start_timeout_ms = 60'000;
  static constexpr int stop_grace_ms = 20'000;

  // Start `path` with `more_arguments` and wait until it serves. The message of a failure holds the
  // end of its log. CANCELLED when `stop` came first.
  static absl::StatusOr<ServerProcess> start(const std::string& path,
                                             const std::vector<std::string>& more_arguments,
                                             bool keep_directory, const StopSignal& stop);

  ServerProcess(ServerProcess&&) noexcept = default;
  ServerProcess& operator=(ServerProcess&&) noexcept = delete;
  ~ServerProcess();  // end()

  // Tell it to end, without waiting: so that many end at the same time.
  void ask_to_end() { child_.ask_to_end(); }
  // End it in order and say on standard error when it did not end well.
  void end();

  bool is_running() { return child_.is_running(); }
  const ServerReady& ready() const { return ready_; }
  const std::string& directory() const { return directory_.path(); }
  // The last lines it logged.
  std::string log_end() const;

 private:
  ServerProcess(TempDir directory, ChildProcess child);
  absl::Status wait_until_ready(const StopSignal& stop);

  TempDir directory_;  // removed after the process has ended
  ChildProcess child_;
  ServerReady ready_;
};

}  // namespace tocsin::drill
