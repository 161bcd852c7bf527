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

#include "sets/device_set.h"
#include "storage/store/keys.h"
#include "storage/store/store.h"

namespace tocsin::storage {

struct BookSets {
  sets::DeviceSet targeted;
  sets::DeviceSet delivered;
  sets::DeviceSet opened;  // of the delivered
  sets::DeviceSet replaced;
  sets::DeviceSet recalled;
  sets::DeviceSet dropped;
  sets::DeviceSet deleted;
  sets::DeviceSet stopped;
  sets::DeviceSet capped;
  sets::DeviceSet released;  // of a rollout: those it has come to; says nothing of how it ended

  // Neither of the above; expired or not.
  sets::DeviceSet pending() const;
};

absl::StatusOr<BookSets> read_book_sets(const Store& store, BookId book);

// Add `devices` to one of the message's sets.
void enter_in_book(BookId book, BookSet kind, const sets::DeviceSet& devices, Store::Batch& batch);

}  // namespace tocsin::storage
