#include "storage/apply/message_acceptance.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "cluster/fan_out.h"
#include "storage/apply/book_entries.h"
#include "storage/apply/first_answers.h"
#include "storage/apply/frequency_cap.h"
#include "storage/apply/inbox_rows.h"
#include "storage/apply/message_rows.h"
#include "storage/apply/rollouts.h"
#include "storage/apply/schedule_records.h"
#include "storage/apply/webhook_records.h"
#include "storage/apply/withdrawal.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"
#include "storage/tables/book_sets.h"
#include "storage/tables/stored_terms.h"

namespace tocsin::storage {
namespace {

// The devices a message is for.
struct Named {
  sets::DeviceSet devices;
  uint64_t ids = 0;  // a send to devices: how many it names; some may not be the app's
};

absl::StatusOr<Named> named_devices(const internal::MessageAccepted& record, AppId app,
                                    const Registry& registry) {
  const std::set<std::string> ids(record.devices().ids().begin(), record.devices().ids().end());
  Named named{{}, ids.size()};
  for (const std::string& bytes : ids) {
    const auto id = DeviceId::from_bytes(as_bytes(bytes));
    if (!id) continue;
    const auto device = registry.find(app, *id);
    if (!device.ok()) return device.status();
    if (device->has_value()) named.devices.add((*device)->ref);
  }
  return named;
}

absl::StatusOr<sets::DeviceSet> set_meant_by(const internal::MessageAccepted& record,
                                             const cluster::Envelope& envelope,
                                             const Store& store) {
  if (record.target_case() == internal::MessageAccepted::kEveryone) {
    return read_set(store, app_set_prefix(envelope.app));
  }
  if (record.target_case() == internal::MessageAccepted::kAudience) {
    return find_audience(store, envelope.app, record.audience(), envelope.accepted_at_ms,
                         StoredTerms::Unknown::nobody);
  }
  if (record.tag().size() > limits::tag_bytes_max) {
    return absl::InvalidArgumentError("a tag that is too long");
  }
  return read_set(store, tag_set_prefix(envelope.app, record.tag()));
}

// Take out of `devices` those that have had enough messages today.
absl::Status leave_out_capped(const internal::MessageAccepted& record,
                              const cluster::Envelope& envelope, sets::DeviceSet& devices,
                              const ApplyParts& parts, ApplyStep& step) {
  const uint32_t cap = record.frequency_cap();
  if (cap == 0) return absl::OkStatus();
  if (cap > limits::frequency_cap_max) {
    return absl::InvalidArgumentError("a frequency cap that is too large");
  }
  const auto capped =
      count_and_cap(envelope.app, envelope.accepted_at_ms, cap, devices, parts.store, step.batch);
  if (!capped.ok()) return capped.status();
  enter_in_book({envelope.message, envelope.expires_at_ms}, BookSet::frequency_cap, *capped,
                step.batch);
  tell_webhook(envelope.app, internal::FREQUENCY_CAP, envelope.message, *capped, parts, step);
  step.activity.of(envelope.app).dropped += capped->size();
  devices.subtract(*capped);
  return absl::OkStatus();
}

absl::StatusOr<Named> audience_of(const internal::MessageAccepted& record,
                                  const cluster::Envelope& envelope, const ApplyParts& parts) {
  if (record.has_devices()) return named_devices(record, envelope.app, parts.registry);
  auto set = set_meant_by(record, envelope, parts.store);
  if (!set.ok()) return set.status();
  return Named{*std::move(set), 0};
}

absl::Status collapse(const internal::MessageAccepted& record, const cluster::Envelope& envelope,
                      const sets::DeviceSet& targeted, const ApplyParts& parts, ApplyStep& step,
                      std::vector<MessageOrder>& replaced) {
  const std::string& key = record.envelope().collapse_key();
  if (key.empty()) return absl::OkStatus();
  if (key.size() > limits::collapse_key_bytes_max) {
    return absl::InvalidArgumentError("a collapse key that is too long");
  }
  return replace_collapsed(envelope, key, targeted, parts, step, replaced);
}

absl::Status accept_for_devices(const internal::MessageAccepted& record,
                                const cluster::SharedEnvelope& envelope, const ApplyParts& parts,
                                ApplyStep& step) {
  auto named = named_devices(record, envelope->app, parts.registry);
  if (!named.ok()) return named.status();
  const sets::DeviceSet targeted = named->devices;
  auto status = leave_out_capped(record, *envelope, named->devices, parts, step);
  if (!status.ok()) return status;
  std::vector<MessageOrder> leaving;
  status = collapse(record, *envelope, named->devices, parts, step, leaving);
  if (!status.ok()) return status;
  Activity& activity = step.activity.of(envelope->app);
  activity.targeted += named->ids;
  activity.dropped += named->ids - targeted.size();
  internal::MessageRow row;
  *row.mutable_envelope() = record.envelope();
  row.set_targeted(named->ids);
  row.set_dropped(named->ids - targeted.size());
  put_message(row, parts.messages, step.batch);
  const BookId book{envelope->message, envelope->expires_at_ms};
  put_set(step.batch, book_set_prefix(book, BookSet::targeted), targeted);
  std::map<MessageId, sets::DeviceSet> dropped;
  const InboxItem item{order_of(envelope->priority, envelope->message),
                       {envelope->expires_at_ms, envelope->app}};
  for (const DeviceRef device : named->devices.devices()) {
    const auto lost = insert_into_inbox(device, item, leaving, parts, step);
    if (!lost.ok()) return lost.status();
    if (lost->has_value()) {
      ++activity.dropped;
      dropped[(*lost)->message].add(device);
    }
    if (*lost != item.order) step.told.to_devices.push_back({device, envelope});
  }
  for (const auto& [id, devices] : dropped) {
    tell_webhook(envelope->app, internal::INBOX_FULL, id, devices, parts, step);
  }
  return absl::OkStatus();
}

absl::Status accept_cast(const internal::MessageAccepted& record,
                         const cluster::SharedEnvelope& envelope, const ApplyParts& parts,
                         ApplyStep& step) {
  auto audience = audience_of(record, *envelope, parts);
  if (!audience.ok()) return audience.status();
  NewCast cast{envelope, DeliveryConditions::of(record.envelope(), envelope, parts.names),
               audience->devices, audience->devices};
  auto status = leave_out_capped(record, *envelope, cast.offered, parts, step);
  if (!status.ok()) return status;
  internal::MessageRow row;
  *row.mutable_envelope() = record.envelope();
  row.set_is_cast(true);
  if (record.has_devices()) row.set_dropped(audience->ids - cast.targeted.size());
  Activity& activity = step.activity.of(envelope->app);
  activity.targeted += cast.targeted.size() + row.dropped();
  activity.dropped += row.dropped();
  if (record.has_rollout()) {
    begin_rollout(record.rollout(), cast.offered, row, step.batch);
    cast.offered = {};
  }
  put_message(row, parts.messages, step.batch);
  std::vector<MessageOrder> leaving;
  status = collapse(record, *envelope, cast.offered, parts, step, leaving);
  if (!status.ok()) return status;
  start_cast(cast, parts, step);
  if (cluster::fan_out_of(record) == cluster::FanOut::storage) {
    step.told.resolved.push_back({envelope, cast.conditions, std::move(cast.offered)});
  }
  return absl::OkStatus();
}

// Whatever else is written once, with the message.
absl::Status settle_call(const internal::MessageAccepted& record, const cluster::Envelope& envelope,
                         const ApplyParts& parts, ApplyStep& step) {
  auto status = end_schedule(envelope.app, envelope.message, parts.store, step.batch);
  if (!status.ok()) return status;
  return keep_answer({envelope.app, record.idempotency_key(), envelope.message,
                      record.fingerprint(), envelope.accepted_at_ms, envelope.expires_at_ms},
                     parts.store, step.batch);
}

}  // namespace

absl::Status accept_message(const internal::MessageAccepted& record, const ApplyParts& parts,
                            ApplyStep& step) {
  const cluster::SharedEnvelope envelope = envelope_of(record.envelope());
  if (!envelope) {
    return absl::InvalidArgumentError(
        "a message without an id or an app, of unknown priority or with a label too long");
  }
  if (auto status = check_conditions(record.envelope().conditions()); !status.ok()) return status;
  step.next.log_time_ms = envelope->accepted_at_ms;
  step.next.largest_message = std::max(step.next.largest_message, envelope->message);
  // A dispatcher that was not told "durable" may have appended it again, and two may have sent the
  // same schedule.
  const auto known = parts.messages.head(envelope->app, envelope->message);
  if (!known.ok()) return known.status();
  if (known->has_value()) return absl::OkStatus();
  ++step.activity.of(envelope->app).messages;
  if (auto status = settle_call(record, *envelope, parts, step); !status.ok()) return status;
  switch (record.target_case()) {
    case internal::MessageAccepted::kDevices:
      if (cluster::fan_out_of(record) == cluster::FanOut::inboxes) {
        return accept_for_devices(record, envelope, parts, step);
      }
      [[fallthrough]];
    case internal::MessageAccepted::kTag:
    case internal::MessageAccepted::kEveryone:
    case internal::MessageAccepted::kAudience:
      return accept_cast(record, envelope, parts, step);
    case internal::MessageAccepted::TARGET_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a message without a target");
}

}  // namespace tocsin::storage
