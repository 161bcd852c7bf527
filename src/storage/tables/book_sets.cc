#include "storage/tables/book_sets.h"

#include <utility>

#include "storage/store/sets.h"

namespace tocsin::storage {

sets::DeviceSet BookSets::pending() const {
  sets::DeviceSet rest = targeted;
  for (const sets::DeviceSet* gone :
       {&delivered, &replaced, &recalled, &dropped, &deleted, &stopped, &capped}) {
    rest.subtract(*gone);
  }
  return rest;
}

void enter_in_book(BookId book, BookSet kind, const sets::DeviceSet& devices, Store::Batch& batch) {
  const std::string prefix = book_set_prefix(book, kind);
  for (const sets::DeviceSet::Part& part : devices.parts()) {
    if (!part.set.empty()) change_set(batch, prefix, part.partition, {part.set, {}});
  }
}

absl::StatusOr<BookSets> read_book_sets(const Store& store, BookId book) {
  BookSets sets;
  const std::pair<BookSet, sets::DeviceSet*> kinds[] = {
      {BookSet::targeted, &sets.targeted}, {BookSet::delivered, &sets.delivered},
      {BookSet::opened, &sets.opened},     {BookSet::replaced, &sets.replaced},
      {BookSet::recalled, &sets.recalled}, {BookSet::dropped, &sets.dropped},
      {BookSet::deleted, &sets.deleted},   {BookSet::stopped, &sets.stopped},
      {BookSet::capped, &sets.capped},     {BookSet::released, &sets.released}};
  for (const auto& [kind, set] : kinds) {
    auto read = read_set(store, book_set_prefix(book, kind));
    if (!read.ok()) return read.status();
    *set = *std::move(read);
  }
  // A gateway may have reached a device that storage did not yet know to match.
  sets.targeted.unite(sets.delivered);
  sets::DeviceSet taken = sets.delivered;
  for (sets::DeviceSet* set : {&sets.replaced, &sets.recalled, &sets.dropped, &sets.deleted,
                               &sets.stopped, &sets.capped}) {
    set->subtract(taken);
    taken.unite(*set);
  }
  return sets;
}

}  // namespace tocsin::storage
