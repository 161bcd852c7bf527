#include "drill/fleet_plan.h"

#include <algorithm>
#include <fmt/format.h>

#include <absl/status/status.h>

namespace tocsin::drill {
namespace {

// Files a worker and tocsind keep for other things than connections.
constexpr uint64_t worker_files_reserve = 100;
constexpr uint64_t server_files_reserve = 1536;
constexpr uint64_t system_files_reserve = 4096;
// Left to other programs on the machine.
constexpr uint64_t ports_reserve = 1000;
// Per device: 2 x 4 KB of kernel socket, 1 KB in the server, 3 KB in the drill. A quarter of the
// memory stays free.
constexpr uint64_t device_bytes = 12 * 1024;
// Below this many devices a second worker only takes CPU from the server.
constexpr uint64_t devices_per_worker_wanted = 4'000;

struct Ceiling {
  uint64_t devices = UINT64_MAX;
  const char* reason = "";
};

uint64_t less(uint64_t value, uint64_t reserve) {
  if (value == UINT64_MAX) return value;
  return value > reserve ? value - reserve : 0;
}

uint64_t worker_capacity(const MachineFacts& facts) {
  return std::min<uint64_t>(devices_per_worker_max,
                            less(facts.files_per_process, worker_files_reserve));
}

uint64_t port_capacity(const MachineFacts& facts) {
  const uint64_t per_source =
      std::min<uint64_t>(devices_per_source_max, less(facts.local_ports, ports_reserve));
  if (!facts.loopback) return less(facts.local_ports, ports_reserve);
  return per_source < devices_per_source_max ? per_source : per_source * sources_max;
}

uint64_t memory_capacity(const MachineFacts& facts) {
  if (facts.memory_bytes == UINT64_MAX) return UINT64_MAX;
  return facts.memory_bytes / 4 * 3 / device_bytes;
}

// The lowest of all limits.
Ceiling ceiling_of(uint32_t workers, const MachineFacts& facts) {
  const uint64_t per_worker = worker_capacity(facts);
  const Ceiling ceilings[] = {
      {less(facts.files_of_server, server_files_reserve),
       "the server's process may not open more files (ulimit -n)"},
      {workers == 0 ? UINT64_MAX : workers * per_worker,
       "so many workers may not open more files (--workers, ulimit -n)"},
      {per_worker == 0 ? 0 : UINT64_MAX, "a worker may not open enough files (ulimit -n)"},
      {less(facts.files_of_system, system_files_reserve) / 2,
       "the system may not open more files (sysctl fs.file-max)"},
      {port_capacity(facts),
       "there are not more local ports (sysctl net.ipv4.ip_local_port_range)"},
      {memory_capacity(facts), "a device takes about 12 KB of memory, kernel and server included"},
  };
  return *std::min_element(
      std::begin(ceilings), std::end(ceilings),
      [](const Ceiling& a, const Ceiling& b) { return a.devices < b.devices; });
}

uint64_t divided_up(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

uint64_t workers_for(uint64_t devices, const MachineFacts& facts) {
  const uint64_t needed = divided_up(devices, worker_capacity(facts));
  const uint64_t affordable = std::max<uint64_t>(1, facts.cpus / 2);
  return std::max(needed, std::min(affordable, divided_up(devices, devices_per_worker_wanted)));
}

}  // namespace

absl::StatusOr<std::vector<Share>> plan_fleet(uint64_t devices, uint32_t workers,
                                              const MachineFacts& facts) {
  const Ceiling ceiling = ceiling_of(workers, facts);
  if (devices > ceiling.devices) {
    return absl::ResourceExhaustedError(
        fmt::format("this machine allows at most {} devices, not {}: {}", ceiling.devices, devices,
                    ceiling.reason));
  }
  const uint64_t count =
      std::min(devices, workers == 0 ? workers_for(devices, facts) : uint64_t{workers});
  std::vector<Share> shares;
  for (uint64_t worker = 0; worker < count; ++worker) {
    const uint64_t first = devices * worker / count;
    const uint64_t end = devices * (worker + 1) / count;
    shares.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(end - first)});
  }
  return shares;
}

bool is_stuck(uint64_t index, uint32_t stuck_percent) {
  return stuck_among(index + 1, stuck_percent) > stuck_among(index, stuck_percent);
}

uint64_t stuck_among(uint64_t devices, uint32_t stuck_percent) {
  return devices * stuck_percent / 100;
}

uint8_t source_of(uint64_t index) {
  return static_cast<uint8_t>(1 + index / devices_per_source_max % sources_max);
}

}  // namespace tocsin::drill
