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
#include "cluster/fan_out.h"
#include "dispatcher/send/send_request.h"
#include "tocsin/internal/record.pb.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// What the dispatcher adds to a send.
struct Stamp {
  MessageId message;
  AppId app;
  std::string app_name;
  uint64_t accepted_at_ms = 0;
  uint64_t audience = 0;  // the most devices the cast may reach
  uint32_t frequency_cap = 0;
};

struct Acceptance {
  std::string record;  // tocsin.internal.Record{MessageAccepted}, serialized
  cluster::FanOut fan_out = cluster::FanOut::storage;
  cluster::SharedEnvelope envelope;
  v1::SendResponse answer;
};

// INTERNAL when the frame cannot be encoded, which a checked Send does not cause.
absl::StatusOr<Acceptance> make_acceptance(const Send& send, const Stamp& stamp);

// The message that takes `recalled` off the screens of the devices that have it. It lives as long
// as the message would have, but at least notice_ms_min.
struct Notice {
  MessageId message;
  MessageId recalled;
  AppId app;
  wire::Priority priority = wire::Priority::normal;
  uint64_t now_ms = 0;
  uint64_t expires_at_ms = 0;  // of `recalled`
};
inline constexpr uint64_t notice_ms_min = 24 * 3600 * 1000;
absl::StatusOr<internal::Envelope> make_notice(const Notice& notice);

// The time over which the devices of a cast spread their acknowledgements, so that they do not all
// come in the millisecond after it: (alert_)acks_per_ms_target, between ack_spread_ms_min and _max.
// The push itself is shown at once. 0 for a send to named devices.
uint32_t ack_spread_ms(const Send& send, uint64_t audience);

}  // namespace tocsin::dispatcher
