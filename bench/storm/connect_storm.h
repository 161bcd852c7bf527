// Connect storm: every device connects in the same instant, to a server of its own.
//
//   server at rest: memory -> all TCP connects at once -> TLS, Register, Hello of all -> all in
//                      `-------- the server's memory, every sample_ms --------'  -> pages returned
//
// The devices are the drill's (one process, one thread, a real TLS connection each), with no bound
// on how many of them are on their way. Who the server does not take at once waits in the kernel.
//
// Thread: the main thread; a second one only reads /proc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "harness/bench.h"
#include "harness/stop_signal.h"

namespace tocsin::bench::storm {

struct StormOptions {
  std::string server;  // path of a tocsind
  std::vector<std::string> server_arguments;
  uint32_t devices = 18'000;
  uint32_t timeout_s = 180;        // for all to be in
  uint32_t settle_timeout_s = 90;  // for the server to give memory back
};

struct StormResult {
  static constexpr int sample_ms = 50;

  uint32_t devices = 0;
  uint32_t in = 0;
  double seconds = 0;     // until all were in, or nobody waited any more
  uint64_t failures = 0;  // attempts that failed and were tried again
  std::string last_failure;
  uint64_t rss_bytes_before = 0;
  uint64_t rss_bytes_peak = 0;     // the largest sample, or the kernel's own mark if that is larger
  uint64_t rss_bytes_after = 0;    // when the last was in
  uint64_t rss_bytes_settled = 0;  // once the server had given pages back
  uint32_t samples = 0;

  uint64_t peak_growth_bytes() const { return rss_bytes_peak - rss_bytes_before; }
  // Growth to `rss_bytes` per device that is in.
  double bytes_per_connection(uint64_t rss_bytes) const;
};
BOOST_DESCRIBE_STRUCT(StormResult, (),
                      (devices, in, seconds, failures, last_failure, rss_bytes_before,
                       rss_bytes_peak, rss_bytes_after, rss_bytes_settled, samples))

// RESOURCE_EXHAUSTED when the machine cannot hold such a storm, with the largest that it can.
absl::StatusOr<StormResult> storm(const StormOptions& options, const StopSignal& stop);
void tell(const StormResult& storm, Findings& findings);

}  // namespace tocsin::bench::storm
