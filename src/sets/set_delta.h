// SetDelta: a change of a set, as the merge operand that RocksDB stores: "remove these, then add
// those".
//
// Changes of this form are closed under composition, so RocksDB may fold any run of them into one
// without knowing the set, and writing one never needs the set to be read first.
//
//   operand  :=  bytes of `add` (u32, little endian)  add  remove      each a roaring set, or empty
//
// Thread: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sets/ordinal_set.h"

namespace tocsin::sets {

struct SetDelta {
  OrdinalSet add;
  OrdinalSet remove;

  // Make this the change it was, followed by `next`.
  void then(const SetDelta& next);
  void apply_to(OrdinalSet& set) const;

  std::string serialize() const;
  // nullopt when the bytes are not an operand.
  static std::optional<SetDelta> parse(std::string_view bytes);
};

}  // namespace tocsin::sets
