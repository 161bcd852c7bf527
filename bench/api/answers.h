// Rounds of a call that only answers (GetStatus): over REST and gRPC, beside nginx's constant answer,
// and over few connections with many streams each.
//
// h2load makes the calls, because it costs little: what is compared is the server's CPU per call.
// The first of a round changes from round to round. That the calls were answered well is read off
// the server's own counters.
//
// Thread: the main thread.
// Bound: two processes at a time, h2load and the server.
#pragma once

#include <absl/status/status.h>

#include "api/options.h"
#include "api/sends.h"
#include "harness/bench.h"
#include "harness/server.h"

namespace tocsin::bench::api {

// `sends` calls of each in a round. NOT_FOUND when h2load is not installed; CANCELLED when `stop` came
// first.
absl::Status measure_answers(const Options& options, ServerUnderTest& server, const Nginx& nginx,
                             const StopSignal& stop, Findings& findings);

}  // namespace tocsin::bench::api
