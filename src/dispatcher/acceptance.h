// What accepting a send produces: the log record, the envelope for the gateways, the answer.
//
// The Push frame is encoded here, once, and goes unchanged to the log, over the bus and into every
// device's TLS record.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "cluster/bus_message.h"
#include "dispatcher/send_request.h"

namespace tocsin::dispatcher {

// What the dispatcher adds to a send.
struct Stamp {
  MessageId message;
  AppId app;
  std::string app_name;
  uint64_t accepted_at_ms = 0;
  uint64_t audience = 0;  // devices the cast may reach at most
};

struct Acceptance {
  std::string record;  // tocsin.internal.Record{MessageAccepted}, serialized
  cluster::SharedEnvelope envelope;
  std::string answer;  // tocsin.v1.SendResponse as JSON
};

// INTERNAL when the frame cannot be encoded, which a checked Send does not cause.
absl::StatusOr<Acceptance> make_acceptance(const Send& send, const Stamp& stamp);

// Over how long the devices of a cast spread their acknowledgements, so that they do not all come
// in the millisecond behind it: (alert_)acks_per_ms_target, between ack_spread_ms_min and _max. The push
// itself is shown at once. 0 for a send to named devices.
uint32_t ack_spread_ms(const Send& send, uint64_t audience);

}  // namespace tocsin::dispatcher
