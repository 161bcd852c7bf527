#include "storage/check/message_check.h"

#include <algorithm>
#include <fmt/format.h>

#include "storage/store/sets.h"
#include "storage/tables/book_kinds.h"
#include "storage/tables/messages.h"

namespace tocsin::storage {
namespace {

// The sets of one message's books, added up. A device may be in two end states (late
// acknowledgements), and counts once.
struct Tally {
  sets::DeviceSet targeted;
  sets::DeviceSet delivered;
  sets::DeviceSet ended;
};

class MessageCheck {
 public:
  explicit MessageCheck(StoreUnderCheck& checked) : checked_(checked) {}

  void check_row(std::string_view key, std::string_view value);
  void check_ids_are_unique();

 private:
  void check_books(std::string_view key, const internal::MessageRow& row);
  void check_rollout(std::string_view key, const internal::MessageRow& row);
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::casts, key, what);
  }

  StoreUnderCheck& checked_;
};

void MessageCheck::check_row(std::string_view key, std::string_view value) {
  internal::MessageRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      !envelope_of(row.envelope())) {
    return wrong(key, "is not a message");
  }
  const internal::Envelope& envelope = row.envelope();
  const MessageId message{envelope.message_id()};
  if (key != message_key(row.is_cast(), AppId{envelope.app_id()}, message)) {
    return wrong(
        key, fmt::format("holds message {} of app number {}", message.text(), envelope.app_id()));
  }
  ++checked_.known.messages;
  checked_.known.books.emplace_back(message.value, envelope.expires_at_ms());
  if (!checked_.known.apps.contains(envelope.app_id())) {
    wrong(key, fmt::format("belongs to app number {}, which does not exist", envelope.app_id()));
  }
  if (message > checked_.store().state().largest_message) {
    wrong(key, fmt::format("message {} is above the largest id that was applied, {}",
                           message.text(), checked_.store().state().largest_message.text()));
  }
  // Compaction may already have removed some of its sets and lists.
  if (report_may_be_gone(envelope.expires_at_ms(), checked_.store().log_time())) return;
  check_rollout(key, row);
  checked_.known.labels += !envelope.label().empty() + !envelope.group().empty();
  check_books(key, row);
}

void MessageCheck::check_books(std::string_view key, const internal::MessageRow& row) {
  const BookId book{MessageId{row.envelope().message_id()}, row.envelope().expires_at_ms()};
  Tally tally;
  for (const BookKind& kind : book_kinds) {
    const auto set = read_set(checked_.store(), book_set_prefix(book, kind.set));
    if (!set.ok()) return;  // the pass over `sets` reports it
    if (kind.role == BookRole::whole) tally.targeted.unite(*set);
    if (kind.set == BookSet::delivered) tally.delivered = *set;
    if (kind.role == BookRole::of_delivered && set->size_of_difference(tally.delivered) > 0) {
      wrong(key, fmt::format("{} devices have it {}, but not delivered",
                             set->size_of_difference(tally.delivered), kind.name));
    }
    if (kind.role == BookRole::of_targeted && set->size_of_difference(tally.targeted) > 0) {
      wrong(key, fmt::format("{} devices are {}, but not targeted",
                             set->size_of_difference(tally.targeted), kind.name));
    }
    if (kind.role == BookRole::end) tally.ended.unite(*set);
  }
  // A cast may reach a device that storage did not yet know to match (tables/book_sets.cc).
  tally.targeted.unite(tally.delivered);
  const uint64_t targeted = row.is_cast() ? tally.targeted.size() + row.dropped() : row.targeted();
  const uint64_t ended = tally.ended.size() + row.dropped();
  if (ended > targeted) {
    wrong(key, fmt::format("{} devices were targeted, but {} have an outcome", targeted, ended));
  }
}

// A rollout listed as running that is not is found where the list is checked.
void MessageCheck::check_rollout(std::string_view key, const internal::MessageRow& row) {
  if (!row.has_rollout() || row.rollout().state() != internal::RolloutRow::RUNNING) return;
  const auto running = checked_.store().get(
      Family::schedule,
      rollout_key(AppId{row.envelope().app_id()}, MessageId{row.envelope().message_id()}));
  if (running.ok() && !running->has_value()) {
    wrong(key, "goes out in steps, but is not among those that do");
  }
}

void MessageCheck::check_ids_are_unique() {
  auto& books = checked_.known.books;
  std::sort(books.begin(), books.end());
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  for (auto at = std::adjacent_find(books.begin(), books.end(), same); at != books.end();
       at = std::adjacent_find(at + 1, books.end(), same)) {
    checked_.finding(fmt::format("message {} is in `casts` twice", MessageId{at->first}.text()));
  }
}

}  // namespace

void check_messages(StoreUnderCheck& checked) {
  MessageCheck check(checked);
  checked.each_row(Family::casts, [&](auto key, auto value) { check.check_row(key, value); });
  check.check_ids_are_unique();
}

}  // namespace tocsin::storage
