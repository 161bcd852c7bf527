// Changing the sets of the column family `sets` without reading them: a change is a merge operand
// that RocksDB folds in later (sets/set_delta.h).
//
// Thread: the storage thread.
#pragma once

#include <string_view>

#include "sets/device_set.h"
#include "sets/set_delta.h"
#include "storage/store/batch.h"

namespace tocsin::storage {

// `prefix` is one of keys.h's *_set_prefix().
void change_set(Batch& batch, std::string_view prefix, uint32_t partition,
                const sets::SetDelta& delta);
// Add all of `devices`.
void add_to_set(Batch& batch, std::string_view prefix, const sets::DeviceSet& devices);
void add_to_set(Batch& batch, std::string_view prefix, DeviceRef device);
void remove_from_set(Batch& batch, std::string_view prefix, DeviceRef device);
// Store a whole new set.
void put_set(Batch& batch, std::string_view prefix, const sets::DeviceSet& set);

}  // namespace tocsin::storage
