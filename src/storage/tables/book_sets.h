// BookSets: what became of a message, device by device: a set for each state in
// cluster/delivery_states.h that has one, and whom the message was meant for.
//
// On disk a set only grows and they may overlap; read_book_sets() gives the states disjoint, in the
// order of that table, so that targeted is always their sum and pending the rest.
//
// Thread: the storage thread.
#pragma once

#include <array>

#include <absl/status/statusor.h>

#include "cluster/delivery_states.h"
#include "sets/device_set.h"
#include "storage/store/keys.h"
#include "storage/store/store.h"

namespace tocsin::storage {

struct BookSets {
  sets::DeviceSet targeted;
  sets::DeviceSet opened;    // of the delivered
  sets::DeviceSet released;  // of a rollout: those it has come to; says nothing of how it ended
  std::array<sets::DeviceSet, cluster::delivery_state_count> ended;

  const sets::DeviceSet& of(internal::DeliveryState state) const {
    return ended[static_cast<size_t>(state)];
  }
  const sets::DeviceSet& delivered() const { return of(internal::DELIVERED); }
  // In none of the states; expired or not.
  sets::DeviceSet pending() const;
};

absl::StatusOr<BookSets> read_book_sets(const Store& store, BookId book);

}  // namespace tocsin::storage
