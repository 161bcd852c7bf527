// The fleet's plan: which worker process simulates which devices, or why the machine cannot.
//
// Every simulated device is a real socket, so what a machine allows is a matter of open files,
// local ports and memory. All of it is asked before anything is started: a drill that stops at
// device 19,998 with "too many open files" tells nothing about the server.
//
// Thread: pure functions.  Bound: devices_per_worker_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

namespace tocsin::drill {

inline constexpr uint32_t devices_per_worker_max = 18'000;
// Devices behind one source address: below the 28,232 ports Linux gives out by default.
inline constexpr uint32_t devices_per_source_max = 25'000;
// 127.0.0.2 and up; the first devices use 127.0.0.1.
inline constexpr uint32_t sources_max = 250;

// What the machine allows. Unknown is UINT64_MAX.
struct MachineFacts {
  uint32_t cpus = 1;
  uint64_t files_per_process = UINT64_MAX;
  uint64_t files_of_server = UINT64_MAX;  // of the server's process
  uint64_t files_of_system = UINT64_MAX;  // still free
  uint64_t local_ports = UINT64_MAX;
  uint64_t memory_bytes = UINT64_MAX;  // available
  bool loopback = true;                // the server is on 127.0.0.0/8, so sources can be spread
};

// The devices first .. first + count - 1.
struct Share {
  uint32_t first = 0;
  uint32_t count = 0;

  bool operator==(const Share&) const = default;
};

// One share for each worker, as even as can be. `workers` 0: chosen. RESOURCE_EXHAUSTED says which
// limit is in the way and the largest number of devices that is possible.
absl::StatusOr<std::vector<Share>> plan_fleet(uint64_t devices, uint32_t workers,
                                              const MachineFacts& facts);

// Whether device `index` of the fleet is one of those that never read: spread evenly, so that of n
// devices exactly floor(n * percent / 100) are.
bool is_stuck(uint64_t index, uint32_t stuck_percent);
// How many of the first `devices` are.
uint64_t stuck_among(uint64_t devices, uint32_t stuck_percent);

// The address device `index` connects from, as the last number of 127.0.0.x.
uint8_t source_of(uint64_t index);

}  // namespace tocsin::drill
