// Service: a server program that a bench starts for itself: in a temporary folder, with its log
// there, waited for until it serves, and ended with all its processes before the folder goes.
//
// Thread: the main thread.
// Bound: start_timeout_ms; it is killed stop_grace_ms after SIGTERM.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "harness/child_process.h"
#include "harness/files.h"
#include "harness/stop_signal.h"

namespace tocsin::bench {

class Service {
 public:
  static constexpr uint64_t start_timeout_ms = 60'000;
  static constexpr int stop_grace_ms = 20'000;

  // What `command` prints goes to output.log in `folder`. `must_end_well`: say on standard error
  // when it does not.
  static absl::StatusOr<Service> start(TempDir folder, std::vector<std::string> command,
                                       bool must_end_well);

  Service(Service&&) noexcept = default;
  Service& operator=(Service&&) = delete;
  ~Service();

  // Until `is_up`. DEADLINE_EXCEEDED, or as check(); CANCELLED when `stop` came first.
  absl::Status wait_until(const std::function<bool()>& is_up, const StopSignal& stop);
  // UNAVAILABLE, with the end of its log, when it has ended.
  absl::Status check();
  // Tell it to end, without waiting: so that many end at the same time.
  void ask_to_end() { child_.ask_to_end(); }

  int pid() const { return child_.pid(); }
  const std::string& directory() const { return folder_.path(); }

 private:
  Service(TempDir folder, ChildProcess child, bool must_end_well)
      : folder_(std::move(folder)), child_(std::move(child)), must_end_well_(must_end_well) {}
  std::string log_end() const;

  TempDir folder_;  // removed after the process has ended
  ChildProcess child_;
  bool must_end_well_;
};

}  // namespace tocsin::bench
