#include "storage/check/set_check.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/fixed_int.h"
#include "storage/store/expiry.h"
#include "storage/tables/book_kinds.h"

namespace tocsin::storage {
namespace {

enum class SetSource {
  device_rows,  // exactly what the device rows ask for (tables/derived_sets.cc)
  books,        // a set of a message's books (tables/book_kinds.h)
  itself,       // devices of the app; nothing else implies which
  history,      // places of the app's devices, some deleted since
};

struct SetKind {
  char letter;  // the key's first byte (store/keys.h)
  SetSource source;
};

// A new kind of set is a line here.
constexpr std::array set_kinds = {
    SetKind{'A', SetSource::device_rows}, SetKind{'T', SetSource::device_rows},
    SetKind{'V', SetSource::device_rows}, SetKind{'S', SetSource::itself},
    SetKind{'U', SetSource::itself},      SetKind{'M', SetSource::books},
    SetKind{'Q', SetSource::history},
};

class SetCheck {
 public:
  SetCheck(StoreUnderCheck& checked, DerivedSets& derived) : checked_(checked), derived_(derived) {}

  void check_row(std::string_view key, std::string_view value);
  void check_missing();

 private:
  void check_derived(std::string_view key, const sets::OrdinalSet& set);
  void check_book(std::string_view key);
  void check_named(std::string_view key, const sets::OrdinalSet& set);
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::sets, key, what);
  }

  StoreUnderCheck& checked_;
  DerivedSets& derived_;
};

void SetCheck::check_row(std::string_view key, std::string_view value) {
  const auto kind = std::find_if(set_kinds.begin(), set_kinds.end(), [&](const SetKind& kind) {
    return key.size() > partition_bytes && key[0] == kind.letter;
  });
  if (kind == set_kinds.end()) return wrong(key, "is of a kind this tocsind does not know");
  const auto set = sets::OrdinalSet::parse(value);
  if (kind->source == SetSource::device_rows) {
    return set ? check_derived(key, *set) : (derived_.take(key), wrong(key, "is not a set"));
  }
  if (!set) return wrong(key, "is not a set");
  const uint32_t partition = partition_of_set_key(key);
  uint32_t beyond = 0;
  if (partition >= limits::partitions) {
    wrong(key, fmt::format("there is no partition {}", partition));
  } else if (set->read_from(checked_.known.next_ordinals[partition], &beyond, 1) > 0) {
    wrong(key, fmt::format("holds ordinal {}, which no device has been given", beyond));
  }
  if (kind->source == SetSource::books) check_book(key);
  if (kind->source == SetSource::itself) check_named(key, *set);
  if (kind->source == SetSource::history && !day_of_frequency_key(key)) wrong(key, "has no day");
}

void SetCheck::check_named(std::string_view key, const sets::OrdinalSet& set) {
  const size_t app_bytes = app_set_prefix(AppId{}).size();
  if (key.size() <= app_bytes + partition_bytes) return wrong(key, "has no app");
  // Deleted devices stay in the sets of days that no window reaches back to
  // (apply/device_records.cc). The record that deletes them may bear a later time than the last
  // one.
  const auto day = day_of_seen_key(key);
  const uint32_t today = day_of(checked_.store().log_time().for_deletion_ms());
  if (day && *day + limits::audience_windows_days_max <= today) return;
  const AppId app{get_be<uint32_t>(key.substr(1))};
  const auto row =
      checked_.store().get(Family::sets, set_key(app_set_prefix(app), partition_of_set_key(key)));
  const auto devices = row.ok() && row->has_value() ? sets::OrdinalSet::parse(**row) : std::nullopt;
  const uint64_t strangers = set.size_of_difference(devices.value_or(sets::OrdinalSet()));
  if (strangers > 0) {
    wrong(key,
          fmt::format("holds {} devices that are none of app number {}", strangers, app.value));
  }
}

void SetCheck::check_derived(std::string_view key, const sets::OrdinalSet& set) {
  const sets::OrdinalSet asked = derived_.take(key);
  const uint64_t more = set.size_of_difference(asked);
  const uint64_t less = asked.size_of_difference(set);
  if (more > 0) wrong(key, fmt::format("holds {} devices whose rows do not say so", more));
  if (less > 0) wrong(key, fmt::format("lacks {} devices whose rows put them into it", less));
}

void SetCheck::check_book(std::string_view key) {
  const auto book = book_of_set_key(key);
  if (!book) return wrong(key, "is not a set of any books");
  const bool known = std::any_of(book_kinds.begin(), book_kinds.end(), [&](const BookKind& kind) {
    return key.starts_with(book_set_prefix(*book, kind.set));
  });
  if (!known) wrong(key, "is a set of books of a kind this tocsind does not know");
  // Compaction may already have removed the message's row.
  if (report_may_be_gone(book->expires_at_ms, checked_.store().log_time())) return;
  if (!checked_.known.has_books(*book)) {
    wrong(key,
          fmt::format("is of the books of message {}, which is not stored", book->message.text()));
  }
}

void SetCheck::check_missing() {
  for (const auto& [key, set] : derived_.rest()) {
    wrong(key, fmt::format("is missing; the rows of {} devices put them into it", set.size()));
  }
}

}  // namespace

void check_sets(StoreUnderCheck& checked, DerivedSets& derived) {
  SetCheck check(checked, derived);
  checked.each_row(Family::sets, [&](auto key, auto value) { check.check_row(key, value); });
  check.check_missing();
}

}  // namespace tocsin::storage
