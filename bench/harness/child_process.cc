#include "harness/child_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "base/clock.h"
#include "harness/files.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

constexpr int look_again_ms = 5;
constexpr uint64_t output_ms_max = 10'000;

// What every child does first.
void leave_parent(pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_DFL);
}

void close_all_but(std::vector<int> kept_fds) {
  std::sort(kept_fds.begin(), kept_fds.end());
  unsigned first = STDERR_FILENO + 1;
  for (const int fd : kept_fds) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > first) close_range(first, kept - 1, 0);
    first = kept + 1;
  }
  close_range(first, ~0U, 0);
}

}  // namespace

absl::StatusOr<ChildProcess> ChildProcess::start(const Options& options) {
  const char* program = options.command[0].c_str();
  if (access(program, X_OK) != 0) {
    const bool is_there = errno == EACCES;
    const std::string text = fmt::format("cannot run {}: {}", program, strerror(errno));
    return is_there ? absl::PermissionDeniedError(text) : absl::NotFoundError(text);
  }
  std::vector<char*> arguments;
  for (const std::string& argument : options.command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const char* log_file = options.log_file.empty() ? nullptr : options.log_file.c_str();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    leave_parent(parent);
    if (log_file != nullptr) {
      const int log = open(log_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
      if (dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) _exit(126);
    }
    execv(program, arguments.data());
    _exit(127);
  }
  return of_fork(pid);
}

absl::StatusOr<ChildProcess> ChildProcess::fork_off(const std::vector<int>& kept_fds,
                                                    const std::function<int()>& body) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    leave_parent(parent);
    close_all_but(kept_fds);
    _exit(body());
  }
  return of_fork(pid);
}

absl::StatusOr<ChildProcess> ChildProcess::of_fork(pid_t pid) {
  if (pid > 0) return ChildProcess(pid);
  return absl::ResourceExhaustedError(fmt::format("cannot fork: {}", strerror(errno)));
}

ChildProcess::ChildProcess(ChildProcess&& from) noexcept
    : pid_(std::exchange(from.pid_, -1)), ended_(from.ended_), wait_status_(from.wait_status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& from) noexcept {
  std::swap(pid_, from.pid_);
  std::swap(ended_, from.ended_);
  std::swap(wait_status_, from.wait_status_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) end(0);
}

bool ChildProcess::is_running() {
  if (pid_ <= 0 || ended_) return false;
  const pid_t waited = waitpid(pid_, &wait_status_, WNOHANG);
  ended_ = waited == pid_ || (waited < 0 && errno == ECHILD);
  return !ended_;
}

void ChildProcess::wait(uint64_t deadline_ms) {
  while (is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, look_again_ms);
}

void ChildProcess::ask_to_end() {
  if (is_running()) kill(pid_, SIGTERM);
}

bool ChildProcess::end(int grace_ms) {
  ask_to_end();
  wait(monotonic_ms() + static_cast<uint64_t>(grace_ms));
  if (is_running()) {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
    }
    ended_ = true;
  }
  return WIFEXITED(wait_status_) && WEXITSTATUS(wait_status_) == 0;
}

std::string ChildProcess::how_it_ended() const {
  if (WIFSIGNALED(wait_status_)) return fmt::format("signal {}", WTERMSIG(wait_status_));
  return fmt::format("exit code {}", WEXITSTATUS(wait_status_));
}

absl::StatusOr<std::string> output_of(const std::vector<std::string>& command,
                                      const std::string& separator) {
  TOCSIN_TAKE(const TempDir folder, TempDir::create());
  const std::string output = folder.path() + "/output";
  TOCSIN_TAKE(ChildProcess child, ChildProcess::start({command, output}));
  child.wait(monotonic_ms() + output_ms_max);
  if (!child.end(0)) {
    return absl::UnavailableError(fmt::format("{}: {}", command[0], child.how_it_ended()));
  }
  std::istringstream lines(file_text(output));
  std::string joined;
  for (std::string line; std::getline(lines, line);) {
    joined += (joined.empty() ? "" : separator) + line;
  }
  return joined;
}

}  // namespace tocsin::bench
