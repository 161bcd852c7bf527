// MemoryProbe: what connections cost the servers, the workers and the kernel, as the growth between
// two looks.
//
// A server gives heap back some time after a storm of handshakes, so both looks wait until its
// resident size has stood still for a while.
//
// Thread: the main thread.  Bound: the wait given.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/proc_stats.h"
#include "drill/report.h"
#include "drill/stop_signal.h"

namespace tocsin::drill {

// The processes of a drill besides itself.
struct ProcessGroups {
  std::vector<int> servers;  // empty: not known
  std::vector<int> workers;
};

class MemoryProbe {
 public:
  explicit MemoryProbe(ProcessGroups groups) : groups_(std::move(groups)) {}

  // The first look. CANCELLED when a signal came.
  absl::Status look_before(uint32_t settle_timeout_s, const StopSignal& stop);
  // How long to wait for memory to stand still.
  struct Patience {
    uint32_t still_s;
    uint32_t timeout_s;
  };
  // The second, with `connections` more than at the first.
  absl::StatusOr<MemoryReport> look_after(uint64_t connections, Patience patience,
                                          const StopSignal& stop);

 private:
  struct Look {
    MemoryLook memory;
    std::optional<KernelMemory> kernel;
    bool settled = false;
  };
  absl::StatusOr<Look> look(uint64_t still_ms, uint32_t settle_timeout_s,
                            const StopSignal& stop) const;

  ProcessGroups groups_;
  Look before_;
};

}  // namespace tocsin::drill
