#include "sets/roaring_format.h"

#include <string>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "sets/ordinal_set.h"

namespace tocsin::sets {
namespace {

// Arrays, bitsets and runs, in few and many containers.
std::vector<OrdinalSet> sets_of_all_kinds() {
  std::vector<OrdinalSet> sets(5);
  sets[1].add_below(300'000);
  for (uint32_t i = 0; i < 5'000; ++i) sets[2].add(i * 13);
  for (uint32_t i = 0; i < 400; ++i) sets[3].add(i * 70'001);
  sets[4].unite(sets[1]);
  for (uint32_t i = 0; i < 9'000; ++i) sets[4].add(1'000'000 + i * 7);
  for (uint32_t i = 0; i < 100; ++i) sets[4].add(3'000'000 + i * i);
  return sets;
}

TEST(RoaringFormatTest, WhatWeWriteIsASet) {
  for (const OrdinalSet& set : sets_of_all_kinds()) {
    EXPECT_TRUE(is_roaring_set(set.serialize())) << set.size();
    EXPECT_EQ(OrdinalSet::parse(set.serialize()), set);
  }
}

TEST(RoaringFormatTest, APartIsNot) {
  for (const OrdinalSet& set : sets_of_all_kinds()) {
    const std::string bytes = set.serialize();
    const size_t step = 1 + bytes.size() / 50;
    for (size_t end = 0; end < bytes.size(); end += step) {
      EXPECT_FALSE(is_roaring_set(bytes.substr(0, end)));
    }
    EXPECT_FALSE(is_roaring_set(bytes + '\0'));
  }
}

// Whatever is taken must read as the set it counts as: sanitizers watch what CRoaring does with it.
TEST(RoaringFormatTest, DamageIsFoundOrHarmless) {
  Prng prng(7);
  for (const OrdinalSet& set : sets_of_all_kinds()) {
    const std::string good = set.serialize();
    for (int i = 0; i < 400; ++i) {
      std::string bytes = good;
      bytes[prng.below(bytes.size())] ^= static_cast<char>(1 + prng.below(255));
      const auto parsed = OrdinalSet::parse(bytes);
      if (!parsed) continue;
      OrdinalSet twice = *parsed;
      twice.unite(set);
      twice.subtract(*parsed);
      EXPECT_EQ(twice.size(), set.size_of_difference(*parsed));
    }
  }
}

}  // namespace
}  // namespace tocsin::sets
