#include "harness/proc.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <sched.h>
#include <sstream>
#include <string_view>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <thread>

#include "harness/files.h"

namespace tocsin::bench {
namespace {

// Caches that grow with sockets, their files and their epoll entries (Linux 5.x and 6.x names).
constexpr std::string_view socket_caches =
    " TCP TCPv6 sock_inode_cache filp dentry eventpoll_epi ep_head eventpoll_pwq lsm_file_cache "
    "lsm_inode_cache tcp_bind_bucket tcp_bind2_bucket ";

// Call `visit(words)`, a stream, for each line.
template <typename Visit>
void for_each_line(const std::string& text, Visit&& visit) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    visit(words);
  }
}

std::optional<uint64_t> sum_of(const std::vector<int>& pids,
                               std::optional<uint64_t> (*value_of)(int)) {
  std::optional<uint64_t> sum;
  for (const int pid : pids) {
    if (const auto value = value_of(pid)) sum = sum.value_or(0) + *value;
  }
  return sum;
}

// Files that may still be opened by all processes together.
uint64_t files_of_system() {
  std::istringstream words(file_text("/proc/sys/fs/file-nr"));
  uint64_t used = 0;
  uint64_t unused = 0;
  uint64_t max = 0;
  if (!(words >> used >> unused >> max)) return UINT64_MAX;
  return max > used ? max - used : 0;
}

// The hard limit of process `pid`, 0 for this one.
uint64_t files_limit(int pid) {
  rlimit files{};
  const bool is_limited = prlimit(pid, RLIMIT_NOFILE, nullptr, &files) == 0;
  return is_limited && files.rlim_max != RLIM_INFINITY ? files.rlim_max : UINT64_MAX;
}

uint64_t local_ports() {
  std::istringstream words(file_text("/proc/sys/net/ipv4/ip_local_port_range"));
  uint64_t low = 0;
  uint64_t high = 0;
  if (!(words >> low >> high)) return UINT64_MAX;
  return high >= low ? high - low + 1 : 0;
}

// A line of /proc/<pid>/status, such as "VmHWM", or of smaps_rollup, such as "Pss".
std::optional<uint64_t> status_bytes(int pid, const std::string& name) {
  return kilobytes_line(file_text(fmt::format("/proc/{}/status", pid)), name);
}

std::optional<uint64_t> smaps_bytes(int pid, const std::string& name) {
  return kilobytes_line(file_text(fmt::format("/proc/{}/smaps_rollup", pid)), name);
}

std::optional<uint64_t> ns_of_clock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

std::optional<uint64_t> kilobytes_line(const std::string& text, const std::string& name) {
  std::optional<uint64_t> bytes;
  for_each_line(text, [&](std::istringstream& words) {
    std::string key;
    uint64_t kilobytes = 0;
    if (words >> key >> kilobytes && key == name + ":") bytes = kilobytes * 1024;
  });
  return bytes;
}

std::optional<uint64_t> socket_slab_bytes(const std::string& slabinfo) {
  std::optional<uint64_t> bytes;
  for_each_line(slabinfo, [&](std::istringstream& words) {
    std::string name;
    uint64_t used = 0;
    uint64_t all = 0;
    uint64_t object_bytes = 0;
    if (words >> name >> used >> all >> object_bytes &&
        socket_caches.find(" " + name + " ") != std::string_view::npos) {
      bytes = bytes.value_or(0) + used * object_bytes;
    }
  });
  return bytes;
}

std::optional<uint64_t> resident_bytes_of(int pid) {
  // smaps_rollup counts pages; VmRSS of newer kernels is a per-CPU estimate.
  const auto exact = smaps_bytes(pid, "Rss");
  return exact.has_value() ? exact : status_bytes(pid, "VmRSS");
}

std::optional<uint64_t> cpu_ns_of(int pid) {
  clockid_t clock{};
  if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0) return std::nullopt;
  return ns_of_clock(clock);
}

uint64_t thread_cpu_ns() { return ns_of_clock(CLOCK_THREAD_CPUTIME_ID).value_or(0); }

std::optional<uint64_t> resident_bytes_of(const std::vector<int>& pids) {
  return sum_of(pids, [](int pid) { return resident_bytes_of(pid); });
}

std::optional<uint64_t> proportional_bytes_of(const std::vector<int>& pids) {
  return sum_of(pids, [](int pid) { return smaps_bytes(pid, "Pss"); });
}

std::optional<uint64_t> cpu_ns_of(const std::vector<int>& pids) {
  return sum_of(pids, [](int pid) { return cpu_ns_of(pid); });
}

std::optional<double> cpu_us_each(const std::vector<int>& pids, std::optional<uint64_t> before_ns,
                                  uint64_t count) {
  const std::optional<uint64_t> now_ns = cpu_ns_of(pids);
  if (count == 0 || !before_ns.has_value() || !now_ns.has_value()) return std::nullopt;
  return (static_cast<double>(*now_ns) - static_cast<double>(*before_ns)) / 1e3 /
         static_cast<double>(count);
}

uint64_t resident_bytes_now(int pid) { return status_bytes(pid, "VmRSS").value_or(0); }

uint64_t resident_bytes_peak(int pid) { return status_bytes(pid, "VmHWM").value_or(0); }

// Writing 5 forgets the high-water mark so far (proc(5), clear_refs).
bool forget_resident_peak(int pid) {
  return write_file(fmt::format("/proc/{}/clear_refs", pid), "5\n").ok();
}

// "123 (a name) S 1 ...": the name may hold anything, so look from its end.
int parent_in(const std::string& stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream words(stat.substr(name_end + 1));
  char state = 0;
  int parent = 0;
  return words >> state >> parent ? parent : 0;
}

std::vector<int> process_tree(int root_pid) {
  std::multimap<int, int> children;  // by parent, of all processes
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc", error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const int pid = std::atoi(entries->path().filename().c_str());
    if (pid != 0) children.emplace(parent_in(file_text(entries->path() / "stat")), pid);
  }
  std::vector<int> pids = {root_pid};
  for (size_t i = 0; i < pids.size(); ++i) {
    const auto [begin, end] = children.equal_range(pids[i]);
    for (auto child = begin; child != end; ++child) pids.push_back(child->second);
  }
  return pids;
}

std::optional<uint64_t> machine_memory(const std::string& name) {
  return kilobytes_line(file_text("/proc/meminfo"), name);
}

std::optional<KernelMemory> kernel_memory() {
  if (const auto bytes = socket_slab_bytes(file_text("/proc/slabinfo"))) {
    return KernelMemory{*bytes, "/proc/slabinfo"};
  }
  if (const auto bytes = machine_memory("Slab")) return KernelMemory{*bytes, "/proc/meminfo"};
  return std::nullopt;
}

MachineFacts machine_facts(int server_pid) {
  MachineFacts facts;
  facts.cpus = cpu_count();
  facts.files_per_process = files_limit(0);
  facts.files_of_server = files_limit(server_pid);
  facts.files_of_system = files_of_system();
  facts.local_ports = local_ports();
  facts.memory_bytes = machine_memory("MemAvailable").value_or(UINT64_MAX);
  return facts;
}

std::string cpu_model() {
  const std::string text = file_text("/proc/cpuinfo");
  const size_t name = text.find("model name");
  const size_t colon = text.find(": ", name);
  if (name == std::string::npos || colon == std::string::npos) return {};
  return text.substr(colon + 2, text.find('\n', colon) - colon - 2);
}

std::string kernel_release() {
  utsname name{};
  return uname(&name) == 0 ? name.release : "";
}

uint32_t cpu_count() { return std::max(1u, std::thread::hardware_concurrency()); }

void stay_on_cpu(uint32_t cpu) {
  if (cpu == UINT32_MAX) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

uint64_t raise_files_limit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return UINT64_MAX;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  return files_limit(0);
}

absl::Status require_files(uint64_t wanted, const std::string& what) {
  const uint64_t files = raise_files_limit();
  if (files >= wanted) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("a process may open {} files, and {} need {}: raise it with ulimit -n, or take "
                  "fewer",
                  files, what, wanted));
}

}  // namespace tocsin::bench
