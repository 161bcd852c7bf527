#include "storage/tables/book_sets.h"

#include <utility>

#include "storage/store/sets.h"

namespace tocsin::storage {

sets::DeviceSet BookSets::pending() const {
  sets::DeviceSet rest = targeted;
  for (const sets::DeviceSet& gone : ended) rest.subtract(gone);
  return rest;
}

absl::StatusOr<BookSets> read_book_sets(const Store& store, BookId book) {
  BookSets sets;
  std::vector<std::pair<BookSet, sets::DeviceSet*>> wanted = {{BookSet::targeted, &sets.targeted},
                                                              {BookSet::opened, &sets.opened},
                                                              {BookSet::released, &sets.released}};
  for (size_t i = 0; i < cluster::delivery_state_count; ++i) {
    const char letter = cluster::delivery_states[i].set;
    if (letter != 0) wanted.emplace_back(static_cast<BookSet>(letter), &sets.ended[i]);
  }
  for (const auto& [kind, set] : wanted) {
    auto read = read_set(store, book_set_prefix(book, kind));
    if (!read.ok()) return read.status();
    *set = *std::move(read);
  }
  // A gateway may have reached a device that storage did not yet know to match.
  sets.targeted.unite(sets.delivered());
  sets::DeviceSet taken;
  for (sets::DeviceSet& set : sets.ended) {
    set.subtract(taken);
    taken.unite(set);
  }
  return sets;
}

}  // namespace tocsin::storage
