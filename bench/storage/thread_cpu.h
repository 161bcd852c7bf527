// CPU time of the calling thread so far.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <ctime>

namespace tocsin::storage_bench {

inline uint64_t thread_cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace tocsin::storage_bench
