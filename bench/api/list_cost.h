// What a send to a long list costs: the time until it is accepted and until it is everywhere, and
// the most memory the server takes for it.
//
// Thread: the main thread.  Bound: list_timeout_ms until accepted, delivery_timeout_ms behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "api/api_server.h"
#include "api/devices.h"
#include "api/list_sender.h"
#include "drill/stop_signal.h"

namespace tocsin::api {

inline constexpr uint64_t delivery_timeout_ms = 60'000;

struct ListCost {
  double accept_ms = 0;       // from the first byte to the answer
  double last_device_ms = 0;  // until the last connected device has printed it
  double report_ms = 0;       // until the report counts all of them as delivered
  uint64_t memory_bytes = 0;  // most resident memory, less what it was at rest before
  uint64_t registered = 0;    // devices of the app, all of them in the list
  uint64_t online = 0;
  uint64_t targeted = 0;   // by the report
  uint64_t delivered = 0;  // by the report

  bool is_right() const { return targeted == registered && delivered == online; }
};

// Send `list`, which names all `registered` devices of the app. Devices that do not get it in time
// are missing in `delivered`; only a list that is not accepted is an error.
absl::StatusOr<ListCost> measure_list(ApiServer& server, ListSender& list, uint64_t registered,
                                      const OnlineDevices& online, const drill::StopSignal& stop);

}  // namespace tocsin::api
