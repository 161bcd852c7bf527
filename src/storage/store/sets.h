// Sets: the column family `sets`: devices of an app, of a tag, of a message's books.
//
// A set is changed without reading it: a change is a merge operand that RocksDB folds in later
// (set_delta.h).
//
// Thread: the storage lane.
#pragma once

#include <string_view>

#include <absl/status/statusor.h>

#include "sets/device_set.h"
#include "sets/set_delta.h"
#include "storage/store/store.h"

namespace tocsin::storage {

// `prefix` is one of keys.h's *_set_prefix().
void change_set(Store::Batch& batch, std::string_view prefix, uint32_t partition,
                const sets::SetDelta& delta);
void add_to_set(Store::Batch& batch, std::string_view prefix, DeviceRef device);
void remove_from_set(Store::Batch& batch, std::string_view prefix, DeviceRef device);
// Store a whole new set.
void put_set(Store::Batch& batch, std::string_view prefix, const sets::DeviceSet& set);

// DATA_LOSS when a row is not a set.
absl::StatusOr<sets::DeviceSet> read_set(const Store& store, std::string_view prefix);
// Those of `devices` that are not in the set; reads the parts of the set that they are in.
absl::StatusOr<sets::DeviceSet> not_in_set(const Store& store, std::string_view prefix,
                                           const sets::DeviceSet& devices);
// What of the set is in `within`; reads only its shards.
absl::StatusOr<sets::DeviceSet> read_part(const Store& store, std::string_view prefix,
                                          const sets::DeviceSet& within);
absl::StatusOr<bool> set_contains(const Store& store, std::string_view prefix, DeviceRef device);

}  // namespace tocsin::storage
