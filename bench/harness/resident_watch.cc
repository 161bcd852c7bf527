#include "harness/resident_watch.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "harness/proc.h"
#include "harness/text_file.h"

namespace tocsin::harness {

uint64_t resident_bytes_now(int pid) { return status_bytes(pid, "VmRSS").value_or(0); }

// Writing 5 forgets the high-water mark so far (proc(5), clear_refs).
ResidentWatch::ResidentWatch(int pid, int sample_ms)
    : pid_(pid), has_mark_(write_file(fmt::format("/proc/{}/clear_refs", pid), "5\n").ok()) {
  thread_ = std::jthread([this, sample_ms](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      sample();
      std::this_thread::sleep_for(std::chrono::milliseconds(sample_ms));
    }
  });
}

void ResidentWatch::end() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  sample();
  if (has_mark_) peak_ = std::max(peak_, status_bytes(pid_, "VmHWM").value_or(0));
}

void ResidentWatch::sample() {
  peak_ = std::max(peak_, resident_bytes_now(pid_));
  ++samples_;
}

}  // namespace tocsin::harness
