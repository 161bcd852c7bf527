#include "storage/disk_use.h"

#include <chrono>
#include <filesystem>
#include <thread>
#include <unistd.h>

#include "harness/child_process.h"
#include "harness/proc.h"

namespace tocsin::bench::storage_bench {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t idle_ns_per_s = 50'000'000;
constexpr int quiet_seconds = 2;
constexpr int patience_seconds = 300;

}  // namespace

uint64_t bytes_of_folder(const std::string& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;  // a file may be removed just now
    const uint64_t size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

std::string file_system_of(const std::string& folder) {
  return output_of({"/usr/bin/stat", "--file-system", "--format=%T", folder}, " ")
      .value_or("unknown");
}

void wait_until_at_rest(const std::string& folder) {
  uint64_t bytes = bytes_of_folder(folder);
  uint64_t cpu_ns = cpu_ns_of(::getpid()).value_or(0);
  int quiet = 0;
  for (int second = 0; second < patience_seconds && quiet < quiet_seconds; ++second) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const uint64_t bytes_now = bytes_of_folder(folder);
    const uint64_t cpu_ns_now = cpu_ns_of(::getpid()).value_or(0);
    const bool is_quiet = bytes_now == bytes && cpu_ns_now - cpu_ns < idle_ns_per_s;
    quiet = is_quiet ? quiet + 1 : 0;
    bytes = bytes_now;
    cpu_ns = cpu_ns_now;
  }
}

}  // namespace tocsin::bench::storage_bench
