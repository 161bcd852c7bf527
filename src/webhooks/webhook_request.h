// The request to a webhook: its body and signature, and what the answer to it asks for.
//
//   Tocsin-Signature: t=<seconds since 1970>,v1=<HMAC-SHA256(secret, "<t>.<body>"), hexadecimal>
//
// Thread: pure functions.
// Bound: webhook_post_events_max events and webhook_post_devices_max ids per body, set by storage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tocsin/internal/query.pb.h"

namespace tocsin::webhooks {

inline constexpr char webhook_signature_header[] = "Tocsin-Signature";

// The JSON of a tocsin.v1.WebhookBatch.
using Events = google::protobuf::RepeatedPtrField<internal::WebhookEvent>;
std::string webhook_body(const std::string& app, const Events& events);
// The same with one event, PING.
std::string webhook_ping_body(const std::string& app, uint64_t now_ms);

// The value of the header Tocsin-Signature.
std::string webhook_signature(const std::string& secret, uint64_t now_s, const std::string& body);

// The text of an event's number, which is its id: 16 hexadecimal digits.
std::string webhook_event_id(uint64_t sequence);
std::optional<uint64_t> webhook_event_number(const std::string& id);

// The seconds that a Retry-After header asks for, at most webhook_retry_after_s_max; 0 for a date
// or an empty header.
uint32_t retry_after_s(const std::string& header);

}  // namespace tocsin::webhooks
