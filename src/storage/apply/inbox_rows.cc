#include "storage/apply/inbox_rows.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/tables/inbox_tallies.h"

namespace tocsin::storage {
namespace {

absl::StatusOr<InboxTally> count_rows(const Inbox& inbox, DeviceRef device, uint64_t log_time_ms) {
  InboxTally tally(log_time_ms);
  Inbox::Cursor rows = inbox.of(device);
  for (;;) {
    const auto item = rows.next();
    if (!item.ok()) return item.status();
    if (!item->has_value()) return tally;
    tally.add((*item)->order, (*item)->row.expires_at_ms, log_time_ms);
  }
}

// As the inbox will be without those that `leave` it.
absl::StatusOr<InboxTally> tally_without(std::span<const MessageOrder> leave, DeviceRef device,
                                         const ApplyParts& parts, uint64_t log_time_ms) {
  const InboxTally* known = parts.inbox_tallies.find(device);
  auto tally = known != nullptr && known->holds_at(log_time_ms)
                   ? *known
                   : count_rows(parts.inbox, device, log_time_ms);
  for (const MessageOrder order : leave) {
    if (!tally.ok()) break;
    const auto row = parts.inbox.find(device, order);
    if (!row.ok()) return row.status();
    if (row->has_value()) tally->remove(order, (*row)->expires_at_ms);
  }
  return tally;
}

// The oldest that waits in the lowest lane: `added`, which is not in the store yet, or one before.
absl::StatusOr<InboxItem> first_to_go(const InboxTally& tally, DeviceRef device,
                                      const InboxItem& added, std::span<const MessageOrder> leave,
                                      const ApplyParts& parts, uint64_t log_time_ms) {
  const uint8_t lane = tally.lowest_lane();
  Inbox::Cursor rows = parts.inbox.of(device, tally.floor(lane));
  for (;;) {
    const auto item = rows.next();
    if (!item.ok()) return item.status();
    if (!item->has_value() || (*item)->order.lane != lane) return added;
    if ((*item)->row.expires_at_ms <= log_time_ms) continue;
    if (std::find(leave.begin(), leave.end(), (*item)->order) != leave.end()) continue;
    return added.order.lane == lane && added.order < (*item)->order ? added : **item;
  }
}

}  // namespace

absl::StatusOr<std::optional<MessageOrder>> insert_into_inbox(DeviceRef device,
                                                              const InboxItem& item,
                                                              std::span<const MessageOrder> leave,
                                                              const ApplyParts& parts,
                                                              ApplyStep& step) {
  const uint64_t log_time_ms = step.next.log_time_ms;
  const auto& [order, row] = item;
  step.batch.put(Family::inbox, inbox_key(device, order), row.serialize());
  auto tally = tally_without(leave, device, parts, log_time_ms);
  if (!tally.ok()) return tally.status();
  tally->add(order, row.expires_at_ms, log_time_ms);
  std::optional<MessageOrder> dropped;
  if (tally->waiting() > limits::inbox_messages_max) {
    const auto victim = first_to_go(*tally, device, item, leave, parts, log_time_ms);
    if (!victim.ok()) return victim.status();
    dropped = victim->order;
    tally->raise_floor(*dropped);
    tally->remove(*dropped, victim->row.expires_at_ms);
    step.batch.remove(Family::inbox, inbox_key(device, *dropped));
    const BookId book{dropped->message, victim->row.expires_at_ms};
    add_to_set(step.batch, book_set_prefix(book, BookSet::inbox_full), device);
  }
  step.batch.then(
      [&tallies = parts.inbox_tallies, device, after = *tally] { tallies.keep(device, after); });
  return dropped;
}

void remove_from_inbox(DeviceRef device, MessageOrder order, uint64_t expires_at_ms,
                       const ApplyParts& parts, ApplyStep& step) {
  step.batch.remove(Family::inbox, inbox_key(device, order));
  if (parts.inbox_tallies.find(device) == nullptr) return;
  step.batch.then([&tallies = parts.inbox_tallies, device, order, expires_at_ms] {
    if (InboxTally* tally = tallies.find(device)) tally->remove(order, expires_at_ms);
  });
}

}  // namespace tocsin::storage
