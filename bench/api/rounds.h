// Rounds of sends to single devices: REST, gRPC and nginx's constant answer in turn.
//
// The first of a round changes from round to round, so that what a machine does beside meets all of
// them. Each keeps its connections from the first round to the last.
//
// Thread: the main thread.  Bound: rounds x three SendLoads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "api/api_server.h"
#include "api/send_load.h"
#include "compare/peer_process.h"
#include "drill/stop_signal.h"

namespace tocsin::api {

struct Round {
  SendFigures rest;
  SendFigures grpc;
  std::optional<SendFigures> nginx;  // absent: not installed
};

struct RoundsPlan {
  uint32_t rounds = 3;
  uint32_t sends = 10'000;
  uint32_t connections = 64;
};

// Sends go to `devices` in turn, which are offline: storage keeps at most inbox_messages_max of
// them for each and drops the oldest, which is the same work for every send. `nginx` may be null.
absl::StatusOr<std::vector<Round>> measure_rounds(const RoundsPlan& plan, const ApiServer& server,
                                                  const std::vector<std::string>& devices,
                                                  const compare::PeerProcess* nginx,
                                                  const drill::StopSignal& stop);

}  // namespace tocsin::api
