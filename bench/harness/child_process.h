// ChildProcess: a process that this program started, and nobody else: another program, or a copy of
// this one.
//
// It runs in a process group of its own, so that Ctrl-C reaches this program alone, which then ends
// its children in order; should it be killed outright, the system ends them (PDEATHSIG).
//
// Thread: the main thread.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "harness/files.h"
#include "harness/stop_signal.h"

namespace tocsin::bench {

class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> command = {};  // path and arguments
    std::string log_file = {};              // standard output and error; empty: this program's own
  };

  // NOT_FOUND or PERMISSION_DENIED when the program cannot be run.
  static absl::StatusOr<ChildProcess> start(const Options& options);
  // A copy of this process that runs `body`, whose result is its exit code. It keeps the standard
  // descriptors and `kept_fds`. Requires that this thread is the only one.
  static absl::StatusOr<ChildProcess> fork_off(const std::vector<int>& kept_fds,
                                               const std::function<int()>& body);

  ChildProcess(ChildProcess&& from) noexcept;
  ChildProcess& operator=(ChildProcess&& from) noexcept;
  ~ChildProcess();  // end(0)

  // Ask it to end with SIGTERM, without waiting.
  void ask_to_end();
  // Ask it to end with SIGTERM, and after `grace_ms` with SIGKILL. Idempotent. True when it ended
  // by itself with exit code 0.
  bool end(int grace_ms);

  bool is_running();
  // Of a process that has ended: "exit code 3", "signal 11".
  std::string how_it_ended() const;
  pid_t pid() const { return pid_; }

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  static absl::StatusOr<ChildProcess> of_fork(pid_t pid);

  pid_t pid_ = -1;
  bool ended_ = false;
  int wait_status_ = 0;
};

// Service: a server program that a bench starts for itself: in a temporary folder, with its log
// there, waited for until it serves, and ended with all its processes before the folder goes.
//
// Bound: start_timeout_ms; it is killed stop_grace_ms after SIGTERM.
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

// What a short program prints, standard error included, its lines joined by `separator`. An error
// when it cannot be run, takes more than 10 s, or its exit code is not 0.
absl::StatusOr<std::string> output_of(const std::vector<std::string>& command,
                                      const std::string& separator);

}  // namespace tocsin::bench
