#include "dispatcher/send/acceptance.h"

#include <algorithm>
#include <fmt/format.h>

#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "tocsin/internal/record.pb.h"
#include "wire/codec.h"

namespace tocsin::dispatcher {
namespace {

absl::StatusOr<std::string> frame_of(const wire::Push& push) {
  Bytes frame;
  const wire::Code code = wire::append_message(push, frame);
  if (code != wire::Code::ok) {
    return absl::InternalError(
        fmt::format("the push frame was not encoded: {}", wire::name_of(code)));
  }
  return std::string(as_text(frame));
}

absl::StatusOr<std::string> encode_push(const Send& send, const Variant& content,
                                        const Stamp& stamp) {
  wire::Push push;
  push.message = stamp.message;
  push.priority = send.priority;
  push.sent_at_ms = stamp.accepted_at_ms;
  push.expires_at_ms = stamp.accepted_at_ms + send.ttl_ms;
  push.ack_spread_ms = ack_spread_ms(send, stamp.audience);
  push.collapse_key = send.collapse_key;
  push.title = content.title;
  push.body = content.body;
  for (const auto& [key, value] : content.data) push.data.push_back({key, value});
  return frame_of(push);
}

absl::Status add_conditions(const Send& send, const Stamp& stamp, internal::Envelope& stored) {
  if (!send.has_conditions()) return absl::OkStatus();
  *stored.mutable_conditions() = send.conditions;
  for (const Variant& variant : send.variants) {
    auto frame = encode_push(send, variant, stamp);
    if (!frame.ok()) return frame.status();
    auto& added = *stored.mutable_conditions()->add_variants();
    added.set_platform(variant.platform);
    added.set_push_frame(*std::move(frame));
  }
  return absl::OkStatus();
}

absl::StatusOr<internal::Record> record_of(const Send& send, const Stamp& stamp,
                                           const cluster::Envelope& envelope) {
  internal::Record record;
  auto* accepted = record.mutable_message_accepted();
  auto* stored = accepted->mutable_envelope();
  stored->set_message_id(envelope.message.value);
  stored->set_app_id(envelope.app.value);
  stored->set_priority(static_cast<uint32_t>(envelope.priority));
  stored->set_accepted_at_ms(envelope.accepted_at_ms);
  stored->set_expires_at_ms(envelope.expires_at_ms);
  stored->set_push_frame(envelope.push_frame);
  stored->set_collapse_key(send.collapse_key);
  stored->set_label(send.label);
  stored->set_group(send.group);
  if (auto status = add_conditions(send, stamp, *stored); !status.ok()) return status;
  if (send.rollout) *accepted->mutable_rollout() = *send.rollout;
  accepted->set_frequency_cap(stamp.frequency_cap);
  accepted->set_idempotency_key(send.idempotency_key);
  if (!send.idempotency_key.empty()) accepted->set_fingerprint(send.fingerprint);
  switch (send.target) {
    case Send::Target::devices:
      for (const DeviceId& id : send.devices) {
        accepted->mutable_devices()->add_ids(id.bytes.data(), id.bytes.size());
      }
      break;
    case Send::Target::tag:
      accepted->set_tag(send.tag);
      break;
    case Send::Target::everyone:
      accepted->set_everyone(true);
      break;
    case Send::Target::audience:
      accepted->set_audience(send.audience);
      break;
  }
  return record;
}

v1::SendResponse answer_of(const Stamp& stamp, const cluster::Envelope& envelope) {
  v1::SendResponse response;
  response.set_name(message_resource(stamp.app_name, stamp.message));
  response.set_message_id(stamp.message.text());
  json::set_time(*response.mutable_accept_time(), envelope.accepted_at_ms);
  json::set_time(*response.mutable_expire_time(), envelope.expires_at_ms);
  return response;
}

}  // namespace

absl::StatusOr<Acceptance> make_acceptance(const Send& send, const Stamp& stamp) {
  auto frame = encode_push(send, {{}, send.title, send.body, send.data}, stamp);
  if (!frame.ok()) return frame.status();
  auto envelope = std::make_shared<cluster::Envelope>();
  envelope->message = stamp.message;
  envelope->app = stamp.app;
  envelope->priority = send.priority;
  envelope->accepted_at_ms = stamp.accepted_at_ms;
  envelope->expires_at_ms = stamp.accepted_at_ms + send.ttl_ms;
  envelope->push_frame = std::move(*frame);
  Acceptance acceptance;
  const auto record = record_of(send, stamp, *envelope);
  if (!record.ok()) return record.status();
  acceptance.record = record->SerializeAsString();
  acceptance.fan_out = cluster::fan_out_of(record->message_accepted());
  acceptance.answer = answer_of(stamp, *envelope);
  acceptance.envelope = std::move(envelope);
  return acceptance;
}

absl::StatusOr<internal::Envelope> make_notice(const Notice& notice) {
  wire::Push push;
  push.message = notice.message;
  push.priority = notice.priority;
  push.sent_at_ms = notice.now_ms;
  push.expires_at_ms = std::max(notice.expires_at_ms, notice.now_ms + notice_ms_min);
  push.ack_spread_ms = limits::ack_spread_ms_max;
  push.recalls = notice.recalled;
  auto frame = frame_of(push);
  if (!frame.ok()) return frame.status();
  internal::Envelope envelope;
  envelope.set_message_id(notice.message.value);
  envelope.set_app_id(notice.app.value);
  envelope.set_priority(static_cast<uint32_t>(notice.priority));
  envelope.set_accepted_at_ms(push.sent_at_ms);
  envelope.set_expires_at_ms(push.expires_at_ms);
  envelope.set_push_frame(*std::move(frame));
  return envelope;
}

namespace {

// The canaries are judged by their acknowledgements, which must be in by then.
uint64_t ack_spread_ms_max(const Send& send) {
  if (!send.rollout || send.rollout->canary_permille() == 0) return limits::ack_spread_ms_max;
  static_assert(limits::canary_watch_ms_min / 4 >= limits::ack_spread_ms_min);
  return std::min<uint64_t>(limits::ack_spread_ms_max, send.rollout->canary_watch_ms() / 4);
}

}  // namespace

uint32_t ack_spread_ms(const Send& send, uint64_t audience) {
  if (send.names_devices()) return 0;
  const uint64_t ms =
      audience / (send.priority == wire::Priority::alert ? limits::alert_acks_per_ms_target
                                                         : limits::acks_per_ms_target);
  return static_cast<uint32_t>(
      std::clamp<uint64_t>(ms, limits::ack_spread_ms_min, ack_spread_ms_max(send)));
}

}  // namespace tocsin::dispatcher
