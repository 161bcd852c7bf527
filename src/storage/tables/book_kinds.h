// BookKinds: the sets that the books of a message consist of, and what must hold between them: a set
// for each end state that has one (cluster/delivery_states.h), and three others.
//
// Thread: constants.
#pragma once

#include <array>
#include <string_view>

#include "cluster/delivery_states.h"
#include "storage/store/keys.h"

namespace tocsin::storage {

enum class BookRole {
  whole,         // whom the message is meant for
  end,           // what became of it on a device: one of these, or still pending
  of_delivered,  // a part of the delivered
  of_targeted,   // a part of those it is meant for
};

struct BookKind {
  BookSet set;
  std::string_view name;
  BookRole role;
};

constexpr BookSet set_of(internal::DeliveryState state) {
  return static_cast<BookSet>(cluster::row_of(state).set);
}
static_assert(set_of(internal::DELIVERED) == BookSet::delivered);
static_assert(set_of(internal::REPLACED) == BookSet::replaced);
static_assert(set_of(internal::RECALLED) == BookSet::recalled);
static_assert(set_of(internal::INBOX_FULL) == BookSet::inbox_full);
static_assert(set_of(internal::DEVICE_DELETED) == BookSet::device_deleted);
static_assert(set_of(internal::ROLLOUT_STOPPED) == BookSet::rollout_stopped);
static_assert(set_of(internal::FREQUENCY_CAP) == BookSet::frequency_cap);

inline constexpr auto book_kinds = [] {
  constexpr size_t ends = [] {
    size_t count = 0;
    for (const auto& row : cluster::delivery_states) count += row.set != 0;
    return count;
  }();
  std::array<BookKind, ends + 3> kinds{
      BookKind{BookSet::targeted, "targeted", BookRole::whole},
      BookKind{BookSet::opened, "opened", BookRole::of_delivered},
      BookKind{BookSet::released, "released", BookRole::of_targeted}};
  size_t at = 1;  // the ends before the parts of them, whose checks need them
  BookKind parts[] = {kinds[1], kinds[2]};
  for (const auto& row : cluster::delivery_states) {
    if (row.set != 0) kinds[at++] = {static_cast<BookSet>(row.set), row.name, BookRole::end};
  }
  for (const BookKind& part : parts) kinds[at++] = part;
  return kinds;
}();

}  // namespace tocsin::storage
