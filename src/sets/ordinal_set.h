// OrdinalSet: a set of 32-bit ordinals (devices of a partition, slots of a gateway), on CRoaring.
//
// Thread: one owner.
// Bound: 2^32 values; a dense million costs 128 KB, a sparse one 2 bytes each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tocsin::sets {

class OrdinalSet {
 public:
  OrdinalSet();
  OrdinalSet(const OrdinalSet& other);
  OrdinalSet& operator=(const OrdinalSet& other);
  OrdinalSet(OrdinalSet&&) noexcept;
  OrdinalSet& operator=(OrdinalSet&&) noexcept;
  ~OrdinalSet();

  void add(uint32_t value);
  void remove(uint32_t value);
  // All of [0, end).
  void add_below(uint32_t end);
  bool contains(uint32_t value) const;
  uint64_t size() const;
  bool empty() const;

  void unite(const OrdinalSet& other);                         // this := this OR other
  void subtract(const OrdinalSet& other);                      // this := this AND NOT other
  void intersect(const OrdinalSet& other);                     // this := this AND other
  uint64_t size_of_difference(const OrdinalSet& other) const;  // |this AND NOT other|

  bool operator==(const OrdinalSet& other) const;

  // Copy up to `room` values >= `from` into `out`, in rising order; returns how many.
  size_t read_from(uint32_t from, uint32_t* out, size_t room) const;

  // The same set in the fewest bytes of memory; for sets that have stopped growing.
  void shrink();

  // Portable roaring format, run-optimised: the same bytes for the same set on every machine.
  std::string serialize() const;
  // nullopt when the bytes are not a well-formed set.
  static std::optional<OrdinalSet> parse(std::string_view bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::sets
