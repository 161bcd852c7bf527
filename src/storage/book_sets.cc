#include "storage/book_sets.h"

#include <utility>

#include "storage/sets.h"

namespace tocsin::storage {

ShardedSet BookSets::pending() const {
  ShardedSet rest = targeted;
  for (const ShardedSet* gone :
       {&delivered, &replaced, &recalled, &dropped, &deleted, &stopped, &capped}) {
    rest.subtract(*gone);
  }
  return rest;
}

void enter_in_book(BookId book, BookSet kind, const ShardedSet& devices, Store::Batch& batch) {
  const std::string prefix = book_set_prefix(book, kind);
  for (const ShardedSet::Part& part : devices.parts()) {
    if (!part.set.empty()) change_set(batch, prefix, part.shard, {part.set, {}});
  }
}

absl::StatusOr<BookSets> read_book_sets(const Store& store, BookId book) {
  BookSets sets;
  const std::pair<BookSet, ShardedSet*> kinds[] = {
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
  ShardedSet taken = sets.delivered;
  for (ShardedSet* set : {&sets.replaced, &sets.recalled, &sets.dropped, &sets.deleted,
                          &sets.stopped, &sets.capped}) {
    set->subtract(taken);
    taken.unite(*set);
  }
  return sets;
}

}  // namespace tocsin::storage
