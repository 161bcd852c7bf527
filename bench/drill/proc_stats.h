// What /proc tells about the machine and about the server's process.
//
// User space is the resident size, CPU time is what the scheduler counted in nanoseconds (not the
// 10 ms ticks of `ps`), and kernel memory is the growth of the slab caches a socket is made of:
// it is in no process's resident size, and without it a claim is wrong by a factor of two.
//
// Thread: any; reads files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drill/fleet_plan.h"

namespace tocsin::drill {

struct KernelMemory {
  uint64_t bytes = 0;
  std::string source;
};

// Resident memory of process `pid`, bytes; nullopt when it is gone or not ours to look at.
std::optional<uint64_t> resident_bytes_of(int pid);

// CPU time of all threads of `pid` so far, nanoseconds. Of a thread that ends in between, the time
// is lost.
std::optional<uint64_t> cpu_ns_of(int pid);

// Sums over `pids`; nullopt when there are none, or one of them is not ours to look at.
std::optional<uint64_t> resident_bytes_of(const std::vector<int>& pids);
std::optional<uint64_t> cpu_ns_of(const std::vector<int>& pids);

// Resident memory as the kernel keeps it at hand: cheap, but up to some hundred KB off.
std::optional<uint64_t> resident_bytes_estimate(int pid);

// A line of /proc/meminfo, bytes: "MemAvailable", "Slab".
std::optional<uint64_t> machine_memory(std::string_view name);

// The socket caches of /proc/slabinfo, or all of Slab in /proc/meminfo when only that is readable.
std::optional<KernelMemory> kernel_memory();

// Limits of this machine; `server_pid` 0 for a server that will be started by us.
MachineFacts machine_facts(int server_pid);

std::string cpu_model();
std::string kernel_release();

// The pure parts.
// Value of "Name:   123 kB" in the text of a /proc file, bytes.
std::optional<uint64_t> kilobytes_line(std::string_view text, std::string_view name);
// Bytes in the socket caches of a /proc/slabinfo; nullopt when it has none of them.
std::optional<uint64_t> socket_slab_bytes(std::string_view slabinfo);
// Hard limit of open files in the text of /proc/<pid>/limits; UINT64_MAX when unlimited or absent.
uint64_t files_limit_in(std::string_view limits);

}  // namespace tocsin::drill
