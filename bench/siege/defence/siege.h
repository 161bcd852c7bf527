// Siege: one attack on a server of its own, and what its honest callers and devices get meanwhile.
//
//   server, devices connected, one alert, memory at rest
//     -> attackers begin; each second an alert, and a caller on a new connection
//     -> attackers end; alerts still on their way; memory settles
//
// Thread: the main thread; two more send and call, a third reads /proc.
// Bound: options.seconds, and what is waited for after them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <absl/status/statusor.h>
#include <boost/describe.hpp>

#include "harness/stop_signal.h"
#include "siege/attack/attack.h"
#include "siege/options.h"

namespace tocsin::bench::siege {

struct SiegeResult {
  std::string attack;
  uint32_t connections = 0;  // attackers, each with an address of its own

  double rss_before_mib = 0;
  double rss_peak_mib = 0;
  double rss_after_mib = 0;  // after settled_s
  double settled_s = 0;      // until memory was back, at most options.settle_s
  double growth_mib() const { return rss_peak_mib - rss_before_mib; }
  double growth_after_mib() const { return rss_after_mib - rss_before_mib; }

  uint32_t alerts_due = 0;
  uint32_t alerts_accepted = 0;
  uint32_t alerts_arrived = 0;  // at every device
  double alert_p50_ms = 0;
  double alert_p100_ms = 0;
  std::string alert_failure;  // the last one; empty: none

  uint32_t callers_served = 0;
  uint32_t callers_failed = 0;
  double caller_p100_ms = 0;  // of those served
  std::string caller_failure;

  uint64_t opened = 0;  // the attackers' connections
  uint64_t unopened = 0;
  uint64_t cut = 0;
  uint64_t answers = 0;
  uint64_t resets = 0;
  double sent_mib = 0;
  std::string goaways;  // "11 x 34": error code 11, 34 times

  double server_cpu_percent = 0;  // of one processor
  // By the server's own counters: connections it closed to make room, and for their address.
  std::optional<double> server_shed;
  std::optional<double> server_refused;
  std::string server_end;  // how it ended; empty: it did not
};
BOOST_DESCRIBE_STRUCT(SiegeResult, (),
                      (attack, connections, rss_before_mib, rss_peak_mib, rss_after_mib, settled_s,
                       alerts_due, alerts_accepted, alerts_arrived, alert_p50_ms, alert_p100_ms,
                       alert_failure, callers_served, callers_failed, caller_p100_ms,
                       caller_failure, opened, unopened, cut, answers, resets, sent_mib, goaways,
                       server_cpu_percent, server_shed, server_refused, server_end))

// With `connections` attackers. A server that ends is part of the result; CANCELLED when `stop`
// came.
absl::StatusOr<SiegeResult> besiege(const Options& options, const Attack& attack,
                                    uint32_t connections, const StopSignal& stop);

}  // namespace tocsin::bench::siege
