// Which devices an audience expression means right now, as a set, or only how many.
//
// The sets of the terms are asked for one by one and folded into each other in place, partition
// by partition; nothing is copied. A negation is carried along as a mark on the set ("all but
// these") instead of being worked out: `a and not b` is a difference, `a or not b` is all but
// (b and not a), and everyone() is asked for once, at the end, when the result itself is marked.
//
// Thread: where the terms live.
// Bound: the limits of the expression; at most two sets for each level of it are held at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "audience/expression.h"
#include "sets/device_set.h"

namespace tocsin::audience {

// Where the sets of one app's terms come from. Every set must be within everyone(): the
// implementation removes a device that has gone from all of them. A word that no device has (tag,
// alias, value) is the empty set; an uploaded audience that does not exist is NOT_FOUND.
class Terms {
 public:
  virtual ~Terms() = default;

  virtual absl::StatusOr<sets::DeviceSet> everyone() const = 0;
  virtual absl::StatusOr<sets::DeviceSet> tag(std::string_view name) const = 0;
  virtual absl::StatusOr<sets::DeviceSet> alias(std::string_view name) const = 0;
  virtual absl::StatusOr<sets::DeviceSet> audience(std::string_view name) const = 0;
  // Devices in any region cell whose text begins with `prefix`.
  virtual absl::StatusOr<sets::DeviceSet> region(std::string_view prefix) const = 0;
  // `attribute` is one of platform to sdk_version. values_of(): each value that some device has,
  // once, in any order. with_value(): the devices whose value is this one, byte for byte.
  virtual absl::StatusOr<std::vector<std::string>> values_of(Field attribute) const = 0;
  virtual absl::StatusOr<sets::DeviceSet> with_value(Field attribute,
                                                     std::string_view value) const = 0;
  // Devices last seen on this day or later; days since 1970 in UTC.
  virtual absl::StatusOr<sets::DeviceSet> seen_since(uint32_t day) const = 0;
};

// `today` in days since 1970, UTC: seen<=30d is seen_since(today - 30). Every term is looked up,
// even where the result no longer depends on it, so that a name that does not exist is always
// reported; the first error of a term is the result.
absl::StatusOr<sets::DeviceSet> evaluate(const Expression& expression, const Terms& terms,
                                         uint32_t today);

// The size of the same set.
absl::StatusOr<uint64_t> count(const Expression& expression, const Terms& terms, uint32_t today);

}  // namespace tocsin::audience
