// BookSets: what became of a message, device by device.
//
//   targeted -> pending -- acknowledged ----------------------> delivered, some of them opened
//                  |------ a newer one with its collapse key --> replaced
//                  |------ recalled ---------------------------> recalled
//                  |------ its inbox was full -----------------> dropped
//                  |------ it had enough messages that day ----> capped
//                  |------ its rollout was stopped ------------> stopped
//                  +------ the device was deleted -------------> deleted
//
// An acknowledgement that comes late still makes a message delivered.
//
// On disk a set only grows and they may overlap; read_book_sets() gives them disjoint (delivered
// first, then in the order above), so that targeted is always their sum and pending the rest.
//
// Thread: the storage lane.
#pragma once

#include <absl/status/statusor.h>

#include "storage/keys.h"
#include "storage/sharded_set.h"
#include "storage/store.h"

namespace tocsin::storage {

struct BookSets {
  ShardedSet targeted;
  ShardedSet delivered;
  ShardedSet opened;  // of the delivered
  ShardedSet replaced;
  ShardedSet recalled;
  ShardedSet dropped;
  ShardedSet deleted;
  ShardedSet stopped;
  ShardedSet capped;
  ShardedSet released;  // of a rollout: those it has come to; says nothing of how it ended

  // Neither of the above; expired or not.
  ShardedSet pending() const;
};

absl::StatusOr<BookSets> read_book_sets(const Store& store, BookId book);

// Add `devices` to one of the message's sets.
void enter_in_book(BookId book, BookSet kind, const ShardedSet& devices, Store::Batch& batch);

}  // namespace tocsin::storage
