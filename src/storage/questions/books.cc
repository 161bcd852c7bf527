#include "storage/questions/books.h"

#include <fmt/format.h>
#include <utility>

#include "storage/apply/rollouts.h"
#include "storage/store/expiry.h"
#include "storage/tables/book_sets.h"
#include "storage/tables/latencies.h"

namespace tocsin::storage {

namespace {

absl::Status no_message(MessageId message) {
  return absl::NotFoundError(
      fmt::format("no message {} of this app, or its report has ended", message.text()));
}

}  // namespace

absl::StatusOr<Books> read_books(const Store& store, const Messages& messages, AppId app,
                                 MessageId message, uint64_t now_ms) {
  const auto row = messages.row(app, message);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return no_message(message);
  const MessageHead head = head_of(**row);
  if (!report_exists(head.expires_at_ms, now_ms, store.log_time())) return no_message(message);
  const auto sets = read_book_sets(store, head.book());
  if (!sets.ok()) return sets.status();
  auto latency = read_latencies(store, app, message);
  if (!latency.ok()) return latency.status();
  const uint64_t unknown = head.dropped;
  Books books;
  books.message = message;
  books.priority = head.priority;
  books.accepted_at_ms = head.accepted_at_ms;
  books.expires_at_ms = head.expires_at_ms;
  books.recalled_at_ms = head.recalled_at_ms;
  books.label = (*row)->envelope().label();
  books.group = (*row)->envelope().group();
  books.latency = *std::move(latency);
  books.targeted = sets->targeted.size() + unknown;
  books.delivered = sets->delivered.size();
  books.opened = sets->opened.size();
  books.replaced = sets->replaced.size();
  books.recalled = sets->recalled.size();
  books.dropped_unknown_device = unknown;
  books.dropped_inbox_full = sets->dropped.size();
  books.dropped_device_deleted = sets->deleted.size();
  books.dropped_stopped = sets->stopped.size();
  books.dropped_frequency_cap = sets->capped.size();
  const uint64_t open =
      books.targeted - books.delivered - books.replaced - books.recalled - books.dropped();
  const bool over = now_ms >= books.expires_at_ms;
  (over ? books.expired : books.pending) = open;
  if ((*row)->has_rollout()) {
    books.rollout = rollout_of(**row);
    if (!over) books.held = sets->pending().size_of_difference(sets->released);
  }
  return books;
}

namespace {

using Fate = DeviceFate::State;

Fate fate_in(const BookSets& sets, DeviceRef device) {
  const std::pair<const sets::DeviceSet*, Fate> kinds[] = {
      {&sets.opened, Fate::opened},
      {&sets.delivered, Fate::delivered},
      {&sets.replaced, Fate::replaced},
      {&sets.recalled, Fate::recalled},
      {&sets.dropped, Fate::dropped_inbox_full},
      {&sets.deleted, Fate::dropped_device_deleted},
      {&sets.stopped, Fate::dropped_stopped},
      {&sets.capped, Fate::dropped_frequency_cap}};
  for (const auto& [set, fate] : kinds) {
    if (set->contains(device)) return fate;
  }
  return sets.targeted.contains(device) ? Fate::pending : Fate::not_targeted;
}

}  // namespace

absl::StatusOr<DeviceFate> read_fate(const Store& store, const Messages& messages,
                                     const Registry& registry, AppId app, MessageId message,
                                     const DeviceId& device, uint64_t now_ms) {
  const auto row = messages.row(app, message);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return no_message(message);
  const MessageHead head = head_of(**row);
  if (!report_exists(head.expires_at_ms, now_ms, store.log_time())) return no_message(message);
  const auto known = registry.find(app, device);
  if (!known.ok()) return known.status();
  if (!known->has_value()) {
    return absl::NotFoundError(
        fmt::format("device {} is not registered in this app, or was deleted", device.text()));
  }
  DeviceFate fate;
  fate.place = (*known)->ref;
  fate.expires_at_ms = head.expires_at_ms;
  // The place may have been another device's before.
  if ((*known)->assigned_at_ms > head.accepted_at_ms) {
    fate.state = Fate::registered_later;
    return fate;
  }
  const auto sets = read_book_sets(store, head.book());
  if (!sets.ok()) return sets.status();
  fate.state = fate_in(*sets, fate.place);
  if (fate.state == Fate::pending && now_ms >= fate.expires_at_ms) fate.state = Fate::expired;
  fate.held =
      fate.state == Fate::pending && (*row)->has_rollout() && !sets->released.contains(fate.place);
  fate.has_terms = (*row)->envelope().has_terms();
  return fate;
}

}  // namespace tocsin::storage
