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
#include <vector>

#include <absl/status/statusor.h>

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
  // Until it has ended, or the monotonic time is `deadline_ms`.
  void wait(uint64_t deadline_ms);
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

// What a short program prints, standard error included, its lines joined by `separator`. An error
// when it cannot be run, takes more than 10 s, or its exit code is not 0.
absl::StatusOr<std::string> output_of(const std::vector<std::string>& command,
                                      const std::string& separator);

}  // namespace tocsin::bench
