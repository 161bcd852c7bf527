#include "drill/proc_stats.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tocsin::drill {
namespace {

// Caches that grow with sockets, their files and their epoll entries (Linux 5.x and 6.x names).
constexpr std::array<std::string_view, 12> socket_caches = {"TCP",
                                                            "TCPv6",
                                                            "sock_inode_cache",
                                                            "filp",
                                                            "dentry",
                                                            "eventpoll_epi",
                                                            "eventpoll_pwq",
                                                            "ep_head",
                                                            "lsm_file_cache",
                                                            "lsm_inode_cache",
                                                            "tcp_bind_bucket",
                                                            "tcp_bind2_bucket"};

// Empty when it cannot be read.
std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Words of one line, separated by blanks.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<uint64_t> number_in(std::string_view word) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

// Call `visit(line)` for each line.
template <typename Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::optional<uint64_t> sum_of(const std::vector<int>& pids,
                               std::optional<uint64_t> (*value_of)(int)) {
  if (pids.empty()) return std::nullopt;
  uint64_t sum = 0;
  for (const int pid : pids) {
    const std::optional<uint64_t> value = value_of(pid);
    if (!value.has_value()) return std::nullopt;
    sum += *value;
  }
  return sum;
}

// Files that may still be opened by all processes together.
uint64_t files_of_system() {
  const std::string text = file_text("/proc/sys/fs/file-nr");
  const auto words = words_of(std::string_view(text).substr(0, text.find('\n')));
  if (words.size() != 3) return UINT64_MAX;
  const uint64_t used = number_in(words[0]).value_or(0);
  const uint64_t max = number_in(words[2]).value_or(UINT64_MAX);
  return max > used ? max - used : 0;
}

uint64_t local_ports() {
  const std::string text = file_text("/proc/sys/net/ipv4/ip_local_port_range");
  const auto words = words_of(std::string_view(text).substr(0, text.find('\n')));
  if (words.size() != 2) return UINT64_MAX;
  const uint64_t low = number_in(words[0]).value_or(0);
  const uint64_t high = number_in(words[1]).value_or(UINT64_MAX - 1);
  return high >= low ? high - low + 1 : 0;
}

}  // namespace

std::optional<uint64_t> kilobytes_line(std::string_view text, std::string_view name) {
  std::optional<uint64_t> bytes;
  for_each_line(text, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 2 || words[0].size() != name.size() + 1 || words[0].back() != ':' ||
        !words[0].starts_with(name)) {
      return;
    }
    const auto value = number_in(words[1]);
    if (value.has_value()) bytes = *value * 1024;
  });
  return bytes;
}

std::optional<uint64_t> socket_slab_bytes(std::string_view slabinfo) {
  std::optional<uint64_t> bytes;
  for_each_line(slabinfo, [&](std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 4) return;
    if (std::find(socket_caches.begin(), socket_caches.end(), words[0]) == socket_caches.end()) {
      return;
    }
    const auto objects = number_in(words[1]);
    const auto object_bytes = number_in(words[3]);
    if (objects.has_value() && object_bytes.has_value()) {
      bytes = bytes.value_or(0) + *objects * *object_bytes;
    }
  });
  return bytes;
}

uint64_t files_limit_in(std::string_view limits) {
  uint64_t files = UINT64_MAX;
  for_each_line(limits, [&](std::string_view line) {
    if (!line.starts_with("Max open files")) return;
    const auto words = words_of(line);
    if (words.size() >= 5) files = number_in(words[4]).value_or(UINT64_MAX);
  });
  return files;
}

std::optional<uint64_t> resident_bytes_of(int pid) {
  // smaps_rollup counts pages; VmRSS of newer kernels is a per-CPU estimate.
  const auto exact = kilobytes_line(file_text(fmt::format("/proc/{}/smaps_rollup", pid)), "Rss");
  if (exact.has_value()) return exact;
  return kilobytes_line(file_text(fmt::format("/proc/{}/status", pid)), "VmRSS");
}

std::optional<uint64_t> cpu_ns_of(int pid) {
  std::optional<uint64_t> total_ns;
  std::error_code error;
  std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", pid), error);
  for (; !error && tasks != std::filesystem::directory_iterator(); tasks.increment(error)) {
    const std::string text = file_text(tasks->path().string() + "/schedstat");
    const auto words = words_of(std::string_view(text).substr(0, text.find('\n')));
    const auto ran_ns = words.empty() ? std::nullopt : number_in(words[0]);
    if (ran_ns.has_value()) total_ns = total_ns.value_or(0) + *ran_ns;
  }
  return total_ns;
}

std::optional<uint64_t> resident_bytes_of(const std::vector<int>& pids) {
  return sum_of(pids, [](int pid) { return resident_bytes_of(pid); });
}

std::optional<uint64_t> cpu_ns_of(const std::vector<int>& pids) {
  return sum_of(pids, [](int pid) { return cpu_ns_of(pid); });
}

std::optional<uint64_t> resident_bytes_estimate(int pid) {
  const std::string text = file_text(fmt::format("/proc/{}/statm", pid));
  const auto words = words_of(text);
  const auto pages = words.size() < 2 ? std::nullopt : number_in(words[1]);
  if (!pages.has_value()) return std::nullopt;
  return *pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::optional<uint64_t> machine_memory(std::string_view name) {
  return kilobytes_line(file_text("/proc/meminfo"), name);
}

std::optional<KernelMemory> kernel_memory() {
  if (const auto bytes = socket_slab_bytes(file_text("/proc/slabinfo"))) {
    return KernelMemory{*bytes, "/proc/slabinfo"};
  }
  if (const auto bytes = kilobytes_line(file_text("/proc/meminfo"), "Slab")) {
    return KernelMemory{*bytes, "/proc/meminfo"};
  }
  return std::nullopt;
}

MachineFacts machine_facts(int server_pid) {
  MachineFacts facts;
  facts.cpus = std::max(1u, std::thread::hardware_concurrency());
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max != RLIM_INFINITY) {
    facts.files_per_process = files.rlim_max;
  }
  facts.files_of_server =
      server_pid == 0 ? facts.files_per_process
                      : files_limit_in(file_text(fmt::format("/proc/{}/limits", server_pid)));
  facts.files_of_system = files_of_system();
  facts.local_ports = local_ports();
  facts.memory_bytes =
      kilobytes_line(file_text("/proc/meminfo"), "MemAvailable").value_or(UINT64_MAX);
  return facts;
}

std::string cpu_model() {
  std::string model;
  const std::string text = file_text("/proc/cpuinfo");
  for_each_line(text, [&](std::string_view line) {
    if (!model.empty() || !line.starts_with("model name")) return;
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos) model = line.substr(colon + 2);
  });
  return model;
}

std::string kernel_release() {
  utsname name{};
  return uname(&name) == 0 ? name.release : "";
}

}  // namespace tocsin::drill
