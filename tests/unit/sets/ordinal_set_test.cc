#include "sets/ordinal_set.h"

#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "sets/device_set.h"

namespace tocsin::sets {
namespace {

OrdinalSet set_of(const std::vector<uint32_t>& values) {
  OrdinalSet set;
  for (const uint32_t value : values) set.add(value);
  return set;
}

std::vector<uint32_t> values_of(const OrdinalSet& set) {
  std::vector<uint32_t> values(set.size());
  values.resize(set.read_from(0, values.data(), values.size()));
  return values;
}

TEST(OrdinalSetTest, AlgebraIsThatOfSets) {
  const OrdinalSet a = set_of({1, 2, 3, 70'000});
  const OrdinalSet b = set_of({2, 70'000, 4'000'000'000});
  OrdinalSet either = a;
  either.unite(b);
  EXPECT_EQ(values_of(either), (std::vector<uint32_t>{1, 2, 3, 70'000, 4'000'000'000}));
  OrdinalSet both = a;
  both.intersect(b);
  EXPECT_EQ(values_of(both), (std::vector<uint32_t>{2, 70'000}));
  OrdinalSet only_a = a;
  only_a.subtract(b);
  EXPECT_EQ(values_of(only_a), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(a.size_of_difference(b), 2u);
}

TEST(OrdinalSetTest, TheEmptySetIsLikeAnyOther) {
  const OrdinalSet empty;
  OrdinalSet a = set_of({5});
  EXPECT_TRUE(empty.empty());
  EXPECT_FALSE(empty.contains(5));
  EXPECT_EQ(empty.size_of_difference(a), 0u);
  EXPECT_EQ(a.size_of_difference(empty), 1u);
  a.unite(empty);
  a.subtract(empty);
  EXPECT_EQ(a.size(), 1u);
  a.remove(5);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a, empty);
  a.intersect(empty);
  EXPECT_EQ(OrdinalSet::parse(empty.serialize()), empty);
}

TEST(OrdinalSetTest, ReadsOnFromAnywhere) {
  OrdinalSet set;
  set.add_below(10);
  set.add(1'000'000);
  std::array<uint32_t, 4> out;
  EXPECT_EQ(set.read_from(8, out.data(), out.size()), 3u);
  EXPECT_EQ(out[2], 1'000'000u);
  EXPECT_EQ(set.read_from(0, out.data(), out.size()), 4u);
  EXPECT_EQ(set.read_from(1'000'001, out.data(), out.size()), 0u);
}

TEST(OrdinalSetTest, BytesOfTheSameSetAreTheSame) {
  OrdinalSet one_way;
  one_way.add_below(5000);
  OrdinalSet other_way;
  for (uint32_t value = 5000; value-- > 0;) other_way.add(value);
  EXPECT_EQ(one_way.serialize(), other_way.serialize());
  Prng prng(5);
  for (int round = 0; round < 300; ++round) {
    OrdinalSet grown;
    OrdinalSet reread;
    for (int i = 0; i < 20; ++i) {
      const auto value = static_cast<uint32_t>(prng.below(40));
      grown.add(value);
      reread.add(value);
      reread = *OrdinalSet::parse(reread.serialize());
    }
    ASSERT_EQ(grown.serialize(), reread.serialize()) << "seed 5, round " << round;
  }
  EXPECT_EQ(OrdinalSet::parse(one_way.serialize()), one_way);
}

TEST(OrdinalSetTest, DamagedBytesAreRefusedOrAWellFormedSet) {
  Prng prng(42);
  OrdinalSet set;
  for (int i = 0; i < 3000; ++i) set.add(static_cast<uint32_t>(prng.below(200'000)));
  const std::string good = set.serialize();
  EXPECT_FALSE(OrdinalSet::parse("").has_value());
  EXPECT_FALSE(OrdinalSet::parse(good.substr(0, good.size() - 1)).has_value());
  EXPECT_FALSE(OrdinalSet::parse(good + "x").has_value());
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = good;
    bytes[prng.below(bytes.size())] ^= static_cast<char>(1 + prng.below(255));
    const auto parsed = OrdinalSet::parse(bytes);
    if (!parsed) continue;
    const auto values = values_of(*parsed);
    EXPECT_EQ(std::set<uint32_t>(values.begin(), values.end()).size(), parsed->size());
  }
}

TEST(OrdinalSetTest, ShrinkingKeepsTheSet) {
  OrdinalSet set;
  set.add_below(100'000);
  const OrdinalSet before = set;
  set.shrink();
  EXPECT_EQ(set, before);
  set.add(200'000);
  EXPECT_EQ(set.size(), 100'001u);
}

TEST(DeviceSetTest, KeepsShardsApart) {
  DeviceSet set;
  for (const uint32_t partition : {200u, 0u, 255u, 200u}) set.add({partition, 5});
  EXPECT_EQ(set.size(), 3u);
  EXPECT_TRUE(set.contains({255, 5}));
  EXPECT_FALSE(set.contains({254, 5}));
  EXPECT_FALSE(set.contains({255, 6}));
  DeviceSet other;
  other.add({200, 5});
  other.add({1, 1});
  EXPECT_EQ(set.size_of_difference(other), 2u);
  set.unite(other);
  EXPECT_EQ(set.size(), 4u);
  ASSERT_EQ(set.parts().size(), 4u);
  EXPECT_EQ(set.parts()[1].partition, 1u) << "rising";
}

}  // namespace
}  // namespace tocsin::sets
