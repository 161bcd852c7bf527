// DerivedSets: the sets that follow from the device rows, rebuilt from them for comparison with the
// stored ones.
//
// Thread: one owner.
// Bound: what the sets themselves take, plus about 150 bytes for each (set, partition).
#pragma once

#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>

#include "base/ids.h"
#include "sets/ordinal_set.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

class DerivedSets {
 public:
  // Put the device into every set that its row puts it in.
  void add(DeviceRef device, const internal::DeviceRow& row);

  // Take out the set of a key of `sets`; empty when no row asks for it.
  sets::OrdinalSet take(std::string_view key);

  // What has not been taken.
  const absl::flat_hash_map<std::string, sets::OrdinalSet>& rest() const { return sets_; }

 private:
  absl::flat_hash_map<std::string, sets::OrdinalSet> sets_;  // by key
};

}  // namespace tocsin::storage
