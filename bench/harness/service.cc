#include "harness/service.h"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>

#include "base/clock.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

constexpr uint32_t look_again_ms = 20;

}  // namespace

absl::StatusOr<Service> Service::start(TempDir folder, std::vector<std::string> command,
                                       bool must_end_well) {
  TOCSIN_TAKE(ChildProcess child,
              ChildProcess::start({std::move(command), folder.path() + "/output.log"}));
  return Service(std::move(folder), std::move(child), must_end_well);
}

absl::Status Service::wait_until(const std::function<bool()>& is_up, const StopSignal& stop) {
  bool serves = false;
  const auto is_decided = [&] { return (serves = is_up()) || !child_.is_running(); };
  TOCSIN_TRY(
      stop.wait_until(is_decided, monotonic_ms() + start_timeout_ms, look_again_ms).status());
  if (serves) return absl::OkStatus();
  TOCSIN_TRY(check());
  return absl::DeadlineExceededError(
      fmt::format("the server does not serve after {} s; its log ends:\n{}",
                  start_timeout_ms / 1000, log_end()));
}

absl::Status Service::check() {
  if (child_.is_running()) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("the server ended ({}); its log ends:\n{}", child_.how_it_ended(), log_end()));
}

Service::~Service() {
  const int pid = child_.pid();
  if (pid <= 0) return;
  const bool was_running = child_.is_running();
  if (!child_.end(stop_grace_ms) && was_running && must_end_well_) {
    fmt::print(stderr, "the server did not end well ({}); its log ends:\n{}\n",
               child_.how_it_ended(), log_end());
  }
  // A master that had to be killed leaves its workers, which are of its process group.
  kill(-pid, SIGKILL);
}

std::string Service::log_end() const {
  return end_of_log(directory() + "/output.log") + end_of_log(directory() + "/error.log");
}

}  // namespace tocsin::bench
