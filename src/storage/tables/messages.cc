#include "storage/tables/messages.h"

#include <utility>

#include "base/limits.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

std::optional<wire::Priority> priority_of(uint32_t stored) {
  if (stored == 0) return wire::Priority::normal;
  if (stored > static_cast<uint32_t>(wire::Priority::alert)) return std::nullopt;
  return static_cast<wire::Priority>(stored);
}

}  // namespace

bool has_good_labels(const internal::Envelope& envelope) {
  return envelope.label().size() <= limits::label_bytes_max &&
         envelope.group().size() <= limits::label_bytes_max;
}

cluster::SharedEnvelope envelope_of(const internal::Envelope& stored) {
  const auto priority = priority_of(stored.priority());
  if (!priority || stored.message_id() == 0 || stored.app_id() == 0) return nullptr;
  if (!has_good_labels(stored)) return nullptr;
  auto envelope = std::make_shared<cluster::Envelope>();
  envelope->message = MessageId{stored.message_id()};
  envelope->app = AppId{stored.app_id()};
  envelope->priority = *priority;
  envelope->accepted_at_ms = stored.accepted_at_ms();
  envelope->expires_at_ms = stored.expires_at_ms();
  envelope->push_frame = stored.push_frame();
  return envelope;
}

MessageHead head_of(const internal::MessageRow& row) {
  const internal::Envelope& envelope = row.envelope();
  return {AppId{envelope.app_id()},
          MessageId{envelope.message_id()},
          row.is_cast(),
          priority_of(envelope.priority()).value_or(wire::Priority::normal),
          envelope.accepted_at_ms(),
          envelope.expires_at_ms(),
          row.targeted(),
          row.dropped(),
          row.recalled_at_ms(),
          MessageId{row.notice_id()}};
}

absl::StatusOr<std::optional<MessageHead>> Messages::head(AppId app, MessageId message) const {
  MessageHead& kept = recent_[std::hash<MessageId>()(message) % head_cache_size];
  if (kept.message == message && kept.app == app) return std::optional<MessageHead>(kept);
  const auto found = row(app, message);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::optional<MessageHead>();
  kept = head_of(**found);
  return std::optional<MessageHead>(kept);
}

absl::StatusOr<cluster::SharedEnvelope> Messages::envelope(AppId app, MessageId message) const {
  const auto found = row(app, message);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return cluster::SharedEnvelope();
  return envelope_of((*found)->envelope());
}

absl::StatusOr<std::vector<MessageHead>> Messages::casts_of(AppId app, uint64_t log_time_ms) const {
  std::vector<MessageHead> heads;
  const auto rows = store_.rows(Family::casts, message_prefix(true, app));
  for (; rows->valid(); rows->next()) {
    internal::MessageRow row;
    if (!row.ParseFromArray(rows->value().data(), static_cast<int>(rows->value().size()))) {
      return absl::DataLossError("a row of `casts` cannot be read");
    }
    if (row.envelope().expires_at_ms() > log_time_ms) heads.push_back(head_of(row));
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return heads;
}

void Messages::changed(MessageId message) const {
  MessageHead& kept = recent_[std::hash<MessageId>()(message) % head_cache_size];
  if (kept.message == message) kept = {};
}

absl::StatusOr<std::optional<internal::MessageRow>> Messages::row(AppId app,
                                                                  MessageId message) const {
  for (const bool is_cast : {false, true}) {
    const auto bytes = store_.get(Family::casts, message_key(is_cast, app, message));
    if (!bytes.ok()) return bytes.status();
    if (!bytes->has_value()) continue;
    internal::MessageRow row;
    if (!row.ParseFromString(**bytes)) {
      return absl::DataLossError("row of message " + message.text() + " cannot be read");
    }
    return std::optional<internal::MessageRow>(std::move(row));
  }
  return std::optional<internal::MessageRow>();
}

}  // namespace tocsin::storage
