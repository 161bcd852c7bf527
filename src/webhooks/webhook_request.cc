#include "webhooks/webhook_request.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/hex.h"
#include "base/ids.h"
#include "base/limits.h"
#include "json/timestamp.h"
#include "json/to_json.h"
#include "runtime/tls/key_material.h"
#include "tocsin/v1/webhooks.pb.h"

namespace tocsin::webhooks {

namespace {

std::string body_of(const v1::WebhookBatch& batch) {
  std::string json = json::to_json(batch, json::Zeros::omit);
  json.pop_back();  // the end of line
  return json;
}

}  // namespace

std::string webhook_body(const std::string& app, const Events& events) {
  v1::WebhookBatch batch;
  batch.set_app(app);
  for (const internal::WebhookEvent& event : events) {
    v1::WebhookEvent& shown = *batch.add_events();
    shown.set_id(webhook_event_id(event.sequence()));
    shown.set_type(static_cast<v1::WebhookEvent::Type>(event.kind()));
    shown.set_message_id(MessageId{event.message_id()}.text());
    json::set_time(*shown.mutable_time(), event.at_ms());
    shown.set_devices(event.devices());
    for (const std::string& device : event.device_ids())
      shown.add_device_ids(to_hex(as_bytes(device)));
  }
  return body_of(batch);
}

std::string webhook_ping_body(const std::string& app, uint64_t now_ms) {
  v1::WebhookBatch batch;
  batch.set_app(app);
  v1::WebhookEvent& ping = *batch.add_events();
  ping.set_type(v1::WebhookEvent::PING);
  json::set_time(*ping.mutable_time(), now_ms);
  return body_of(batch);
}

std::string webhook_signature(const std::string& secret, uint64_t now_s, const std::string& body) {
  const std::string time = fmt::format("{}", now_s);
  return fmt::format("t={},v1={}", time,
                     to_hex(runtime::hmac_sha256(as_bytes(secret), as_bytes(time + "." + body))));
}

std::string webhook_event_id(uint64_t sequence) { return fmt::format("{:016x}", sequence); }

std::optional<uint64_t> webhook_event_number(const std::string& id) {
  const auto number = MessageId::parse(id);  // has the same form
  return number ? std::optional(number->value) : std::nullopt;
}

uint32_t retry_after_s(const std::string& header) {
  uint32_t seconds = 0;
  for (const char c : header) {
    if (c < '0' || c > '9') return 0;
    seconds =
        std::min(seconds * 10 + static_cast<uint32_t>(c - '0'), limits::webhook_retry_after_s_max);
  }
  return seconds;
}

}  // namespace tocsin::webhooks
