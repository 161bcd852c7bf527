#include "storm/resident_watch.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "drill/proc_stats.h"

namespace tocsin::storm {
namespace {

uint64_t status_bytes(int pid, std::string_view name) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  std::ostringstream text;
  text << file.rdbuf();
  return drill::kilobytes_line(text.str(), name).value_or(0);
}

// Forget the high-water mark so far (proc(5), clear_refs).
bool reset_mark(int pid) {
  std::ofstream file(fmt::format("/proc/{}/clear_refs", pid));
  file << "5\n" << std::flush;
  return file.good();
}

}  // namespace

uint64_t resident_bytes_now(int pid) { return status_bytes(pid, "VmRSS"); }

ResidentWatch::ResidentWatch(int pid, int sample_ms) : pid_(pid), has_mark_(reset_mark(pid)) {
  thread_ = std::thread([this, sample_ms] {
    while (!ended_.load()) {
      sample();
      std::this_thread::sleep_for(std::chrono::milliseconds(sample_ms));
    }
  });
}

ResidentWatch::~ResidentWatch() { end(); }

void ResidentWatch::end() {
  if (!thread_.joinable()) return;
  ended_.store(true);
  thread_.join();
  sample();
  if (has_mark_) peak_ = std::max(peak_, status_bytes(pid_, "VmHWM"));
}

void ResidentWatch::sample() {
  peak_ = std::max(peak_, resident_bytes_now(pid_));
  ++samples_;
}

}  // namespace tocsin::storm
