// SendLoad: many connections that send to single devices as fast as they are answered, and what the
// server takes for it.
//
// Each connection has a thread and one send under way. All begin at once; connections are up
// before.
//
// Thread: the main thread, which waits for those it starts.
// Bound: as many threads as connections; 8 bytes for each send.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "api/sender.h"
#include "drill/stop_signal.h"

namespace tocsin::api {

struct SendFigures {
  double sends_per_s = 0;
  double cpu_us_per_send = 0;  // of the server
  double p50_ms = 0;           // from the call to its answer
  double p99_ms = 0;
};

// `sends` messages to the `devices` in turn, divided among the connections; `server_pids` are
// watched. The first send that was not accepted ends it with its error. CANCELLED when `stop` came
// first. Requires senders and devices.
absl::StatusOr<SendFigures> measure_sends(const Senders& senders, uint32_t sends,
                                          const std::vector<std::string>& devices,
                                          const std::vector<int>& server_pids,
                                          const drill::StopSignal& stop);

}  // namespace tocsin::api
