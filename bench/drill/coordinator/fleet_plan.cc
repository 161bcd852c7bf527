#include "drill/coordinator/fleet_plan.h"

#include <algorithm>
#include <fmt/format.h>

#include <absl/status/status.h>

namespace tocsin::bench::drill {
namespace {

// Files a worker and tocsind keep for other things than connections.
constexpr uint64_t worker_files_reserve = 100;
constexpr uint64_t server_files_reserve = 1536;
constexpr uint64_t system_files_reserve = 4096;
// Left to other programs on the machine.
constexpr uint64_t ports_reserve = 1000;
// Below this many devices a second worker only takes CPU from the server.
constexpr uint64_t devices_per_worker_wanted = 4'000;
// More than any machine has room for; keeps sums far from overflow.
constexpr uint64_t devices_unlimited = uint64_t{1} << 32;

struct Ceiling {
  uint64_t devices = UINT64_MAX;
  std::string reason;
};

uint64_t less(uint64_t value, uint64_t reserve) {
  if (value == UINT64_MAX) return value;
  return value > reserve ? value - reserve : 0;
}

uint64_t times(uint64_t value, uint64_t factor) {
  return std::min(value, devices_unlimited) * factor;
}

uint64_t divided_up(uint64_t value, uint64_t by) { return (value + by - 1) / by; }

uint64_t worker_capacity(const MachineFacts& facts) {
  return std::min<uint64_t>(devices_per_worker_max,
                            less(facts.files_per_process, worker_files_reserve));
}

uint64_t server_capacity(const MachineFacts& facts) {
  return less(facts.files_of_server, server_files_reserve);
}

// Servers for that many devices. Where one is not enough, none gets more than a worker can simulate,
// so that each pairs with a worker of its own.
uint64_t servers_for(uint64_t devices, const FleetWish& wish, const MachineFacts& facts) {
  if (wish.servers != 0) return std::min<uint64_t>(wish.servers, std::max<uint64_t>(1, devices));
  const uint64_t capacity = server_capacity(facts);
  if (devices <= capacity) return 1;
  return divided_up(devices, std::max<uint64_t>(1, std::min(capacity, worker_capacity(facts))));
}

uint64_t workers_for(uint64_t devices, const FleetWish& wish, const MachineFacts& facts) {
  if (wish.workers != 0) return std::min<uint64_t>(wish.workers, std::max<uint64_t>(1, devices));
  const uint64_t needed = divided_up(devices, std::max<uint64_t>(1, worker_capacity(facts)));
  const uint64_t servers = servers_for(devices, wish, facts);
  if (servers > 1) return std::max(needed, servers);
  const uint64_t affordable = std::max<uint64_t>(1, facts.cpus / 2);
  return std::max(needed, std::min(affordable, divided_up(devices, devices_per_worker_wanted)));
}

// To one server and port.
uint64_t port_capacity(const MachineFacts& facts) {
  const uint64_t per_source =
      std::min<uint64_t>(devices_per_source_max, less(facts.local_ports, ports_reserve));
  if (!facts.loopback) return less(facts.local_ports, ports_reserve);
  return per_source < devices_per_source_max ? per_source : per_source * sources_max;
}

uint64_t memory_for(uint64_t devices, const FleetWish& wish, const MachineFacts& facts) {
  return devices * device_bytes + servers_for(devices, wish, facts) * server_bytes +
         workers_for(devices, wish, facts) * worker_bytes;
}

// The most devices for which memory_for() is at most three quarters of what is available.
uint64_t memory_capacity(const FleetWish& wish, const MachineFacts& facts) {
  if (facts.memory_bytes == UINT64_MAX) return UINT64_MAX;
  const uint64_t room = facts.memory_bytes / 4 * 3;
  uint64_t fits = 0;
  uint64_t too_many = room / device_bytes + 1;
  while (fits + 1 < too_many) {
    const uint64_t middle = fits + (too_many - fits) / 2;
    (memory_for(middle, wish, facts) <= room ? fits : too_many) = middle;
  }
  return fits;
}

// The lowest of all limits.
Ceiling ceiling_of(const FleetWish& wish, const MachineFacts& facts) {
  const uint64_t per_worker = worker_capacity(facts);
  const uint64_t per_server = server_capacity(facts);
  const uint64_t servers = wish.servers;
  const Ceiling ceilings[] = {
      {servers == 0 && per_server > 0 ? UINT64_MAX
                                      : times(per_server, std::max<uint64_t>(1, servers)),
       "the server's process may not open more files (ulimit -n, --servers)"},
      {wish.workers == 0 ? UINT64_MAX : wish.workers * per_worker,
       "that many workers may not open more files (--workers, ulimit -n)"},
      {per_worker == 0 ? 0 : UINT64_MAX, "a worker may not open enough files (ulimit -n)"},
      {less(facts.files_of_system, system_files_reserve) / 2,
       "the system may not open more files (sysctl fs.file-max)"},
      {times(port_capacity(facts), servers_for(wish.devices, wish, facts)),
       "there are not more local ports (sysctl net.ipv4.ip_local_port_range)"},
      {memory_capacity(wish, facts),
       fmt::format("a device takes about {} KB of memory, kernel and server included, and a "
                   "quarter of what is free stays free",
                   device_bytes / 1024)},
  };
  return *std::min_element(
      std::begin(ceilings), std::end(ceilings),
      [](const Ceiling& a, const Ceiling& b) { return a.devices < b.devices; });
}

std::vector<Share> shares_of(uint64_t devices, uint64_t count) {
  std::vector<Share> shares;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t first = devices * i / count;
    const uint64_t end = devices * (i + 1) / count;
    shares.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(end - first)});
  }
  return shares;
}

}  // namespace

absl::StatusOr<FleetPlan> plan_fleet(const FleetWish& wish, const MachineFacts& facts) {
  const Ceiling ceiling = ceiling_of(wish, facts);
  FleetPlan plan;
  plan.devices = std::min(wish.devices, ceiling.devices);
  if (plan.devices < wish.devices) {
    plan.limited_by = fmt::format("this machine allows at most {} devices, not {}: {}",
                                  ceiling.devices, wish.devices, ceiling.reason);
    if (!wish.largest_that_fits || plan.devices == 0) {
      return absl::ResourceExhaustedError(plan.limited_by);
    }
  }
  plan.servers = shares_of(plan.devices, servers_for(plan.devices, wish, facts));
  plan.workers = shares_of(plan.devices, workers_for(plan.devices, wish, facts));
  return plan;
}

std::vector<Overlap> overlaps_of(const Share& share, const std::vector<Share>& parts) {
  std::vector<Overlap> overlaps;
  for (uint32_t part = 0; part < parts.size(); ++part) {
    const uint32_t first = std::max(share.first, parts[part].first);
    const uint32_t end = std::min(share.first + share.count, parts[part].first + parts[part].count);
    if (first < end) overlaps.push_back({part, {first, end - first}});
  }
  return overlaps;
}

}  // namespace tocsin::bench::drill
