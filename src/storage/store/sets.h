// Sets: the column family `sets`: devices of an app, of a tag, of a message's books.
//
// Here they are read; what changes them is in set_changes.h.
//
// Thread: the storage thread.
#pragma once

#include <string_view>

#include <absl/status/statusor.h>

#include "sets/device_set.h"
#include "storage/store/store.h"

namespace tocsin::storage {

// `prefix` is one of keys.h's *_set_prefix(). DATA_LOSS when a row is not a set.
absl::StatusOr<sets::DeviceSet> read_set(const Store& store, std::string_view prefix);
// Those of `devices` that are not in the set; reads the parts of the set that they are in.
absl::StatusOr<sets::DeviceSet> not_in_set(const Store& store, std::string_view prefix,
                                           const sets::DeviceSet& devices);
// What of the set is in `within`; reads only its partitions.
absl::StatusOr<sets::DeviceSet> read_part(const Store& store, std::string_view prefix,
                                          const sets::DeviceSet& within);
absl::StatusOr<bool> set_contains(const Store& store, std::string_view prefix, DeviceRef device);

}  // namespace tocsin::storage
