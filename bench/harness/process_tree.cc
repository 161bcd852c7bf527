#include "harness/process_tree.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "harness/proc.h"
#include "harness/text_file.h"

namespace tocsin::harness {
namespace {

// Parent -> children, of all processes.
std::multimap<int, int> all_children() {
  std::multimap<int, int> children;
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const int pid = std::atoi(entries->path().filename().c_str());
    if (pid == 0) continue;
    children.emplace(parent_in(file_text(entries->path().string() + "/stat")), pid);
  }
  return children;
}

// Of those that can be looked at.
template <typename ValueOf>
std::optional<uint64_t> sum_over(const std::vector<int>& pids, ValueOf value_of) {
  std::optional<uint64_t> total;
  for (const int pid : pids) {
    if (const auto value = value_of(pid)) total = total.value_or(0) + *value;
  }
  return total;
}

}  // namespace

// "123 (a name) S 1 ...": the name may hold anything, so look from its end.
int parent_in(const std::string& stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream words(stat.substr(name_end + 1));
  char state = 0;
  int parent = 0;
  return words >> state >> parent ? parent : 0;
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
  return sum_over(pids(), [](int pid) { return smaps_bytes(pid, "Pss"); });
}

std::optional<uint64_t> ProcessTree::cpu_ns() const {
  return sum_over(pids(), [](int pid) { return cpu_ns_of(pid); });
}

}  // namespace tocsin::harness
