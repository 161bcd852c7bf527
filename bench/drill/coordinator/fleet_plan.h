// The fleet's plan: which worker process simulates which devices against which server, or why the
// machine cannot.
//
//   devices   0 ............................................ n-1
//   servers  [ 0 .......... ][ 1 .......... ][ 2 .......... ]     one process each, if spawned
//   workers  [ 0 .......... ][ 1 .......... ][ 2 .......... ]     not cut at the same places
//
// Every simulated device is a real socket, so what a machine allows is a matter of open files,
// local ports and memory. All of it is asked before anything is started: a drill that stops at
// device 19,998 with "too many open files" tells nothing about the server.
//
// Thread: pure functions.  Bound: devices_per_worker_max.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/fleet/plan.h"
#include "harness/proc.h"

namespace tocsin::bench::drill {

// What things take, measured (bench/README.md, "What a fleet takes"), in all memory of the machine:
// a connected device with both its sockets, its slot and record in the server and its share of the
// worker; a spawned server at rest; a worker before its first device.
inline constexpr uint64_t device_bytes = 12 * 1024;
inline constexpr uint64_t server_bytes = 32 << 20;
inline constexpr uint64_t worker_bytes = 10 << 20;

// What is asked for.
struct FleetWish {
  uint64_t devices = 1;
  uint32_t workers = 0;  // 0: chosen
  uint32_t servers = 1;  // 0: chosen
  // Plan the largest fleet the machine has room for instead of refusing a larger one.
  bool largest_that_fits = false;
};

struct FleetPlan {
  uint64_t devices = 0;
  // One share each, as even as can be; both cover the fleet without a gap.
  std::vector<Share> servers;
  std::vector<Share> workers;
  // Why there are fewer devices than asked for; empty when there are not.
  std::string limited_by;
};

// RESOURCE_EXHAUSTED says which limit is in the way and the largest number of devices that is
// possible; with largest_that_fits only when not even one device is.
absl::StatusOr<FleetPlan> plan_fleet(const FleetWish& wish, const MachineFacts& facts);

// What `share` has in common with each of `parts`, in order, without those it has nothing of.
struct Overlap {
  uint32_t part = 0;  // index in parts
  Share share;

  bool operator==(const Overlap&) const = default;
};
std::vector<Overlap> overlaps_of(const Share& share, const std::vector<Share>& parts);

}  // namespace tocsin::bench::drill
