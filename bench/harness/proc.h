// What /proc and the scheduler tell about the machine and about processes.
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
#include <vector>

#include <absl/status/status.h>

namespace tocsin::bench {

// Resident memory of process `pid`, bytes; nullopt when it is gone or not ours to look at.
std::optional<uint64_t> resident_bytes_of(int pid);
// CPU time of all its threads so far, nanoseconds, those that have ended included.
std::optional<uint64_t> cpu_ns_of(int pid);
// Sums over those of `pids` that can be looked at; nullopt when there are none. Proportional bytes
// count pages once that processes share (nginx's zone, the programs themselves).
std::optional<uint64_t> resident_bytes_of(const std::vector<int>& pids);
std::optional<uint64_t> proportional_bytes_of(const std::vector<int>& pids);
std::optional<uint64_t> cpu_ns_of(const std::vector<int>& pids);
// Microseconds that they took since it was `before_ns`, for each of `count` things that were done;
// nullopt when it is not known, or nothing was.
std::optional<double> cpu_us_each(const std::vector<int>& pids, std::optional<uint64_t> before_ns,
                                  uint64_t count);
// CPU time of the calling thread so far.
uint64_t thread_cpu_ns();

// Resident memory as the kernel keeps it at hand: cheap, but up to some hundred KB off. 0 when the
// process is gone.
uint64_t resident_bytes_now(int pid);
// The most it has had since it began, or since forget_resident_peak(); 0 when the process is gone.
uint64_t resident_bytes_peak(int pid);
// False when the kernel does not permit it.
bool forget_resident_peak(int pid);

// A process and its descendants, such as a server of several processes.
std::vector<int> process_tree(int root_pid);

// A line of /proc/meminfo, bytes: "MemAvailable", "Slab".
std::optional<uint64_t> machine_memory(const std::string& name);

struct KernelMemory {
  uint64_t bytes = 0;
  std::string source;
};
// The socket caches of /proc/slabinfo, or all of Slab in /proc/meminfo when only that is readable.
std::optional<KernelMemory> kernel_memory();

// What the machine allows. Unknown is UINT64_MAX.
struct MachineFacts {
  uint32_t cpus = 1;
  uint64_t files_per_process = UINT64_MAX;
  uint64_t files_of_server = UINT64_MAX;  // of a server's process
  uint64_t files_of_system = UINT64_MAX;  // still free
  uint64_t local_ports = UINT64_MAX;
  uint64_t memory_bytes = UINT64_MAX;  // available
  bool loopback = true;                // the server is on 127.0.0.0/8, so sources can be spread
};
// `server_pid` 0 for a server that will be started by us.
MachineFacts machine_facts(int server_pid);

std::string cpu_model();
std::string kernel_release();
uint32_t cpu_count();

// Let the calling thread, and those it starts from now on, run on that CPU only, so that what is
// measured and what measures it do not get in each other's way. UINT32_MAX: no change.
void stay_on_cpu(uint32_t cpu);

// Let this process open as many files as the system lets it; how many that is.
uint64_t raise_files_limit();
// The same. RESOURCE_EXHAUSTED when they are fewer than `wanted`, which is what `what` needs.
absl::Status require_files(uint64_t wanted, const std::string& what);

// The pure parts.
// The parent in the text of a /proc/<pid>/stat; 0 when it is none.
int parent_in(const std::string& stat);
// Value of "Name:   123 kB" in the text of a /proc file, bytes.
std::optional<uint64_t> kilobytes_line(const std::string& text, const std::string& name);
// Bytes in the socket caches of a /proc/slabinfo; nullopt when it has none of them.
std::optional<uint64_t> socket_slab_bytes(const std::string& slabinfo);

}  // namespace tocsin::bench
