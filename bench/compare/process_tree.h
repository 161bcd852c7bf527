// ProcessTree: memory and CPU time of a server that may be several processes.
//
// Memory is the proportional set size: pages that the processes share (nginx's zone, the programs
// themselves) count once. CPU is what the scheduler counted for every thread that lives, born
// meanwhile or not.
//
// Thread: any; reads /proc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace tocsin::compare {

class ProcessTree {
 public:
  // The process and all its descendants; looked up anew by every call.
  explicit ProcessTree(int root_pid) : root_pid_(root_pid) {}

  std::vector<int> pids() const;
  // nullopt when no process of it can be looked at.
  std::optional<uint64_t> memory_bytes() const;
  std::optional<uint64_t> cpu_ns() const;

  struct Settled {
    std::optional<uint64_t> memory_bytes;
    bool is_settled = false;
  };
  // Wait until memory has stood still for `still_ms`, at most `timeout_s`. `serve(ms)` is called to
  // pass the time; its error ends the wait.
  using Serve = std::function<absl::Status(uint32_t ms)>;
  absl::StatusOr<Settled> settle(uint64_t still_ms, uint32_t timeout_s, const Serve& serve) const;

 private:
  int root_pid_;
};

// The parent in the text of a /proc/<pid>/stat; 0 when it is none.
int parent_in(std::string_view stat);

}  // namespace tocsin::compare
