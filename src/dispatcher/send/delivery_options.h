// DeliveryOptions: when, how fast and in which form a message goes to its devices, from a request:
// platform overrides, display window, quiet hours, local time, conditions, pacing, canary.
//
// Thread: pure functions.
// Bound: base/limits.h, "What a sender may send".
#pragma once

#include <functional>
#include <string>

#include "dispatcher/send/send_request.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// Called with each wrong field and the reason.
using OnWrong = std::function<void(const std::string& field, const std::string& description)>;

// Read conditions and rollout of `request` into `send`, and make its ttl reach the local time that
// it waits for, if any. Requires that ttl and priority of `send` are set.
void check_delivery_options(const v1::SendRequest& request, uint64_t now_ms, Send& send,
                            const OnWrong& wrong);

// What devices of a platform get: the message with the override's fields in place of its own.
v1::SendRequest with_override(const v1::SendRequest& request, const v1::PlatformOverride& instead);

}  // namespace tocsin::dispatcher
