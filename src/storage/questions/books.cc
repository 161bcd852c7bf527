#include <fmt/format.h>
#include <utility>

#include "cluster/delivery_states.h"
#include "storage/questions/handlers.h"
#include "storage/questions/rollout_progress.h"
#include "storage/store/expiry.h"
#include "storage/tables/book_sets.h"
#include "storage/tables/latencies.h"

namespace tocsin::storage {
namespace {

using internal::BooksQuestion;
using internal::DeliveryQuestion;

absl::Status no_message(MessageId message) {
  return absl::NotFoundError(
      fmt::format("no message {} of this app, or its report has ended", message.text()));
}

// NOT_FOUND as the questions have it.
absl::StatusOr<internal::MessageRow> row_with_report(AppId app, MessageId message,
                                                     const QuestionParts& parts, uint64_t now_ms) {
  auto row = parts.messages.row(app, message);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return no_message(message);
  const uint64_t expires_at_ms = (*row)->envelope().expires_at_ms();
  if (!report_exists(expires_at_ms, now_ms, parts.store.log_time())) return no_message(message);
  return **std::move(row);
}

BooksQuestion::Answer about_message(const internal::MessageRow& row, const MessageHead& head) {
  BooksQuestion::Answer books;
  books.set_message_id(head.message.value);
  books.set_priority(static_cast<uint32_t>(head.priority));
  books.set_accepted_at_ms(head.accepted_at_ms);
  books.set_expires_at_ms(head.expires_at_ms);
  books.set_recalled_at_ms(head.recalled_at_ms);
  books.set_label(row.envelope().label());
  books.set_group(row.envelope().group());
  return books;
}

// How many devices are in which state; what is left of the targeted is pending, or has expired.
void count_devices(const BookSets& sets, const MessageHead& head, bool over,
                   BooksQuestion::Answer& books) {
  const uint64_t unknown = head.dropped;
  uint64_t open = books.targeted();
  for (const sets::DeviceSet& set : sets.ended) books.add_devices(set.size());
  books.set_devices(internal::UNKNOWN_DEVICE, unknown);
  for (const uint64_t devices : books.devices()) open -= devices;
  books.set_devices(over ? internal::EXPIRED : internal::PENDING, open);
}

}  // namespace

AnswerTo<BooksQuestion> answer(const BooksQuestion& question, const QuestionParts& parts,
                               uint64_t now_ms) {
  const AppId app{question.app_id()};
  const MessageId message{question.message_id()};
  const auto row = row_with_report(app, message, parts, now_ms);
  if (!row.ok()) return row.status();
  const MessageHead head = head_of(*row);
  const auto sets = read_book_sets(parts.store, head.book());
  if (!sets.ok()) return sets.status();
  const auto latency = read_latencies(parts.store, app, message);
  if (!latency.ok()) return latency.status();
  const bool over = now_ms >= head.expires_at_ms;
  BooksQuestion::Answer books = about_message(*row, head);
  *books.mutable_latency() = {latency->begin(), latency->end()};
  books.set_targeted(sets->targeted.size() + head.dropped);
  books.set_opened(sets->opened.size());
  count_devices(*sets, head, over, books);
  if (row->has_rollout()) {
    *books.mutable_rollout() = progress_of(*row);
    if (!over) books.set_held(sets->pending().size_of_difference(sets->released));
  }
  return books;
}

namespace {

internal::DeliveryState state_in(const BookSets& sets, DeviceRef device) {
  for (const auto& row : cluster::delivery_states) {
    if (sets.of(row.state).contains(device)) return row.state;
  }
  return internal::PENDING;
}

void look_up(const BookSets& sets, DeviceRef place, bool over, DeliveryQuestion::Answer& delivery) {
  if (!sets.targeted.contains(place)) {
    delivery.set_target(DeliveryQuestion::Answer::NOT_TARGETED);
    return;
  }
  delivery.set_state(state_in(sets, place));
  delivery.set_opened(sets.opened.contains(place));
  const bool pending = delivery.state() == internal::PENDING;
  if (pending && over) delivery.set_state(internal::EXPIRED);
  delivery.set_held(pending && !over && !sets.released.contains(place));
}

}  // namespace

AnswerTo<DeliveryQuestion> answer(const DeliveryQuestion& question, const QuestionParts& parts,
                                  uint64_t now_ms) {
  const AppId app{question.app_id()};
  const auto row = row_with_report(app, MessageId{question.message_id()}, parts, now_ms);
  if (!row.ok()) return row.status();
  const MessageHead head = head_of(*row);
  const auto id = DeviceId::from_bytes(as_bytes(question.device_id()));
  if (!id) return absl::InvalidArgumentError("a device id is 16 bytes");
  const auto known = parts.registry.find(app, *id);
  if (!known.ok()) return known.status();
  if (!known->has_value()) {
    return absl::NotFoundError(
        fmt::format("device {} is not registered in this app, or was deleted", id->text()));
  }
  DeliveryQuestion::Answer delivery;
  const DeviceRef place = (*known)->ref;
  delivery.set_connected(parts.sessions.is_connected(place));
  // The place may have been another device's before.
  if ((*known)->assigned_at_ms > head.accepted_at_ms) {
    delivery.set_target(DeliveryQuestion::Answer::REGISTERED_LATER);
    return delivery;
  }
  const auto sets = read_book_sets(parts.store, head.book());
  if (!sets.ok()) return sets.status();
  look_up(*sets, place, now_ms >= head.expires_at_ms, delivery);
  if (!row->has_rollout()) delivery.set_held(false);
  delivery.set_has_conditions(row->envelope().has_conditions());
  return delivery;
}

}  // namespace tocsin::storage
