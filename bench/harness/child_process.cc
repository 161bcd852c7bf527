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
#include "harness/temp_dir.h"
#include "harness/text_file.h"
#include "harness/try.h"

namespace tocsin::harness {
namespace {

constexpr int look_again_ms = 20;
constexpr uint64_t output_ms_max = 10'000;

// What every child does first.
void leave_parent(pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_DFL);
}

// What the child does between fork and exec; on failure its errno goes to `error_fd`.
[[noreturn]] void become(const ChildProcess::Options& options, char* const* arguments, pid_t parent,
                         int error_fd) {
  leave_parent(parent);
  bool good = true;
  if (!options.log_file.empty()) {
    const int log = open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    good = log >= 0 && dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0;
  }
  if (good) execv(arguments[0], arguments);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(error_fd, &error, sizeof error);
  _exit(127);
}

// What become() could not do; 0 when the program runs.
int error_from(int error_fd) {
  int error = 0;
  ssize_t n = 0;
  do {
    n = read(error_fd, &error, sizeof error);
  } while (n < 0 && errno == EINTR);
  return n == sizeof error ? error : 0;
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
  std::vector<char*> arguments;
  for (const std::string& argument : options.command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  int error_pipe[2];
  if (pipe2(error_pipe, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError(fmt::format("cannot make a pipe: {}", strerror(errno)));
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(options, arguments.data(), parent, error_pipe[1]);
  const int fork_error = errno;
  ::close(error_pipe[1]);
  const int exec_error = pid < 0 ? fork_error : error_from(error_pipe[0]);
  ::close(error_pipe[0]);
  if (exec_error == 0) return ChildProcess(pid);
  if (pid > 0) waitpid(pid, nullptr, 0);
  const std::string text =
      fmt::format("cannot run {}: {}", options.command[0], strerror(exec_error));
  if (exec_error == EACCES) return absl::PermissionDeniedError(text);
  return absl::NotFoundError(text);
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

void ChildProcess::ask_to_end() {
  if (is_running()) kill(pid_, SIGTERM);
}

bool ChildProcess::end(int grace_ms) {
  ask_to_end();
  const uint64_t deadline_ms = monotonic_ms() + static_cast<uint64_t>(grace_ms);
  while (is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, look_again_ms);
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
  const uint64_t deadline_ms = monotonic_ms() + output_ms_max;
  while (child.is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, look_again_ms);
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

}  // namespace tocsin::harness
