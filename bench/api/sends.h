// Rounds of sends to single devices: REST, gRPC and nginx's constant answer in turn.
//
// Each keeps its connections from the first round to the last; each connection has a thread and one
// send under way. All begin at once; connections are up before.
//
// Thread: the main thread, which waits for those it starts.
// Bound: as many threads as connections; 8 bytes for each send.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "api/options.h"
#include "api/sender.h"
#include "compare/peer_process.h"
#include "harness/bench.h"
#include "harness/server.h"

namespace tocsin::bench::api {

// nginx of the Debian package, answering every request with the same 202: the least that an HTTPS
// server on this machine takes for a send.
struct Nginx {
  std::unique_ptr<compare::PeerProcess> process;  // null: it is not installed
  std::string absence;                            // why
  SendPlace place;                                // the same requests as to `like`, sent there
};
// Start it with the settings in `settings_folder` and the answer that `like` gives.
absl::StatusOr<Nginx> start_nginx(const std::string& settings_folder, const SendPlace& like,
                                  const StopSignal& stop);

// CPU time of a server's processes together once they do next to nothing, so that what it does after
// its last answer is counted too. NOT_FOUND when they have ended; CANCELLED when `stop` came first.
absl::StatusOr<uint64_t> cpu_ns_at_rest(const std::vector<int>& pids, const StopSignal& stop);

// Sends go to `devices` in turn, which are offline: storage keeps at most inbox_messages_max of
// them for each and drops the oldest, which is the same work for every send. The first send that
// was not accepted ends it with its error. CANCELLED when `stop` came first.
absl::Status measure_sends(const Options& options, const ServerUnderTest& server,
                           const std::vector<std::string>& devices, const Nginx& nginx,
                           const StopSignal& stop, Findings& findings);

}  // namespace tocsin::bench::api
