// Rounds of sends to single devices: REST, gRPC and nginx's constant answer in turn.
//
// The first of a round changes from round to round, so that what a machine does beside meets all of
// them. Each keeps its connections from the first round to the last; each connection has a thread
// and one send under way. All begin at once; connections are up before.
//
// Thread: the main thread, which waits for those it starts.
// Bound: as many threads as connections; 8 bytes for each send.
#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>

#include "api/nginx.h"
#include "api/options.h"
#include "harness/bench.h"
#include "harness/server_under_test.h"
#include "harness/stop_signal.h"

namespace tocsin::api {

// Sends go to `devices` in turn, which are offline: storage keeps at most inbox_messages_max of
// them for each and drops the oldest, which is the same work for every send. The first send that
// was not accepted ends it with its error. CANCELLED when `stop` came first.
absl::Status measure_sends(const Options& options, const harness::ServerUnderTest& server,
                           const std::vector<std::string>& devices, const Nginx& nginx,
                           const harness::StopSignal& stop, harness::Findings& findings);

}  // namespace tocsin::api
