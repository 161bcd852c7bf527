// ChildProcess: a program that this drill started, and nobody else.
//
// It runs in a process group of its own, so that Ctrl-C reaches the drill alone, which then ends
// its children in order; should the drill be killed outright, the system ends them (PDEATHSIG).
//
// Thread: the main thread.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include <absl/status/statusor.h>

namespace tocsin::drill {

class ChildProcess {
 public:
  struct Options {
    std::vector<std::string> command;  // path and arguments
    std::vector<int> inherited_fds;    // stay open under the same numbers
    std::string log_file;              // standard output and error; empty: the drill's own
  };

  // NOT_FOUND or PERMISSION_DENIED when the program cannot be run.
  static absl::StatusOr<ChildProcess> start(const Options& options);

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

  pid_t pid_ = -1;
  bool ended_ = false;
  int wait_status_ = 0;
};

}  // namespace tocsin::drill
