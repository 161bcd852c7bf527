#include "compare/process_tree.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/clock.h"
#include "drill/proc_stats.h"

namespace tocsin::compare {
namespace {

constexpr uint32_t look_ms = 250;
// Growth within this counts as standing still.
constexpr uint64_t still_bytes = 256 * 1024;

// Empty when it cannot be read.
std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int number_in(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

// Parent -> children, of all processes.
std::multimap<int, int> all_children() {
  std::multimap<int, int> children;
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const int pid = number_in(entries->path().filename().string());
    if (pid == 0) continue;
    children.emplace(parent_in(file_text(entries->path().string() + "/stat")), pid);
  }
  return children;
}

uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

}  // namespace

// "123 (a name) S 1 ...": the name may hold anything, so look from its end.
int parent_in(std::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || stat.size() < name_end + 5) return 0;
  stat.remove_prefix(name_end + 4);
  return number_in(stat.substr(0, stat.find(' ')));
}

std::vector<int> ProcessTree::pids() const {
  const std::multimap<int, int> children = all_children();
  std::vector<int> pids = {root_pid_};
  for (size_t i = 0; i < pids.size(); ++i) {
    const auto [begin, end] = children.equal_range(pids[i]);
    for (auto child = begin; child != end; ++child) pids.push_back(child->second);
  }
  return pids;
}

std::optional<uint64_t> ProcessTree::memory_bytes() const {
  std::optional<uint64_t> total;
  for (const int pid : pids()) {
    const auto bytes =
        drill::kilobytes_line(file_text(fmt::format("/proc/{}/smaps_rollup", pid)), "Pss");
    if (bytes.has_value()) total = total.value_or(0) + *bytes;
  }
  return total;
}

std::optional<uint64_t> ProcessTree::cpu_ns() const {
  std::optional<uint64_t> total;
  for (const int pid : pids()) {
    if (const auto ns = drill::cpu_ns_of(pid)) total = total.value_or(0) + *ns;
  }
  return total;
}

absl::StatusOr<ProcessTree::Settled> ProcessTree::settle(uint64_t still_ms, uint32_t timeout_s,
                                                         const Serve& serve) const {
  Settled settled;
  const uint64_t start_ms = monotonic_ms();
  uint64_t still_since_ms = start_ms;
  uint64_t reference_bytes = 0;
  while (true) {
    const uint64_t now_ms = monotonic_ms();
    settled.memory_bytes = memory_bytes();
    if (distance(settled.memory_bytes.value_or(0), reference_bytes) > still_bytes) {
      reference_bytes = settled.memory_bytes.value_or(0);
      still_since_ms = now_ms;
    }
    settled.is_settled = now_ms - still_since_ms >= still_ms;
    if (settled.is_settled || now_ms - start_ms >= uint64_t{timeout_s} * 1000) return settled;
    if (absl::Status status = serve(look_ms); !status.ok()) return status;
  }
}

}  // namespace tocsin::compare
