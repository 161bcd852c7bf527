// Rounds: sends the messages of a drill, one after the other, waits for the devices and for the
// servers' books, and in the end reads from the arrival book what became of each.
//
//   flood (if asked) -> warm-up alerts -> per round: the alert alone
//                                                    \-> with --competing: a broadcast, and once
//                                                        a part of the devices has it, the alert
//
//   rows of the arrival book, one a message, in the order they are sent:
//     flood ... | warm-up ... | alone [broadcast competing] | alone [broadcast competing] | ...
//
// Thread: the main thread.  Bound: every wait has a deadline from the options.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "drill/coordinator/resource_sampler.h"
#include "drill/coordinator/server_fleet.h"
#include "drill/coordinator/worker_pool.h"
#include "drill/fleet/arrivals.h"
#include "drill/options.h"
#include "drill/report.h"
#include "harness/stop_signal.h"

namespace tocsin::bench::drill {

// What they work with.
struct RoundParts {
  const Options& options;
  const StopSignal& stop;
  const ArrivalBook& book;
  ServerFleet& servers;
  WorkerPool& workers;
  ResourceSampler& sampler;
};

// Send them all to the connected devices of `report`, and fill in its rounds, competing and stuck.
// `mark` begins the titles of this drill. What a device or a server misses is no error but a result.
absl::Status run_rounds(const RoundParts& parts, const std::string& mark, Report& report);

}  // namespace tocsin::bench::drill
