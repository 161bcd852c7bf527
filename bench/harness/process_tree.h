// ProcessTree: memory and CPU time of a server that may be several processes.
//
// Memory is the proportional set size: pages that the processes share (nginx's zone, the programs
// themselves) count once. CPU is that of every process that lives, born meanwhile or not.
//
// Thread: any; reads /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tocsin::harness {

class ProcessTree {
 public:
  // The process and all its descendants; looked up anew by every call.
  explicit ProcessTree(int root_pid) : root_pid_(root_pid) {}

  std::vector<int> pids() const;
  // nullopt when no process of it can be looked at.
  std::optional<uint64_t> memory_bytes() const;
  std::optional<uint64_t> cpu_ns() const;

 private:
  int root_pid_;
};

// The parent in the text of a /proc/<pid>/stat; 0 when it is none.
int parent_in(const std::string& stat);

}  // namespace tocsin::harness
