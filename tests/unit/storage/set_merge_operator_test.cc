#include "storage/store/set_merge_operator.h"

#include <gtest/gtest.h>

#include "base/prng.h"
#include "sets/set_delta.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"

#include "tests/unit/cluster/temp_folder.h"

namespace tocsin::storage {
namespace {

constexpr uint32_t universe = 300;

sets::SetDelta random_delta(Prng& prng) {
  sets::SetDelta delta;
  for (uint64_t i = prng.below(4); i > 0; --i) {
    delta.add.add(static_cast<uint32_t>(prng.below(universe)));
  }
  for (uint64_t i = prng.below(4); i > 0; --i) {
    delta.remove.add(static_cast<uint32_t>(prng.below(universe)));
  }
  return delta;
}

TEST(SetDeltaTest, RemovesThenAdds) {
  sets::OrdinalSet set;
  set.add_below(4);
  sets::SetDelta delta;
  delta.add.add(9);
  delta.add.add(1);
  delta.remove.add(1);
  delta.remove.add(2);
  delta.apply_to(set);
  EXPECT_TRUE(set.contains(1)) << "named in both";
  EXPECT_FALSE(set.contains(2));
  EXPECT_EQ(set.size(), 4u);
}

TEST(SetDeltaTest, OneAfterTheOtherIsTheSameAsBothAtOnce) {
  Prng prng(7);
  for (int round = 0; round < 500; ++round) {
    sets::OrdinalSet stepwise;
    stepwise.add_below(static_cast<uint32_t>(prng.below(universe)));
    sets::OrdinalSet at_once = stepwise;
    sets::SetDelta folded;
    for (int i = 0; i < 6; ++i) {
      const sets::SetDelta delta = random_delta(prng);
      delta.apply_to(stepwise);
      folded.then(delta);
    }
    const auto parsed = sets::SetDelta::parse(folded.serialize());
    ASSERT_TRUE(parsed.has_value());
    parsed->apply_to(at_once);
    ASSERT_EQ(stepwise, at_once) << "seed 7, round " << round;
  }
}

TEST(SetDeltaTest, BytesThatAreNoneAreRefused) {
  sets::SetDelta delta;
  delta.add.add(1);
  const std::string good = delta.serialize();
  EXPECT_FALSE(sets::SetDelta::parse("").has_value());
  EXPECT_FALSE(sets::SetDelta::parse("abc").has_value());
  EXPECT_FALSE(sets::SetDelta::parse(good.substr(0, good.size() - 1)).has_value());
  EXPECT_FALSE(sets::SetDelta::parse(good + "x").has_value());
}

TEST(SetMergeOperatorTest, TheStoreFoldsChangesAcrossFlushesLikeMemory) {
  const test::TempFolder folder;
  auto store = Store::open(folder.path("db"));
  ASSERT_TRUE(store.ok()) << store.status();
  Prng prng(11);
  sets::OrdinalSet expected;
  for (int i = 0; i < 600; ++i) {
    const sets::SetDelta delta = random_delta(prng);
    delta.apply_to(expected);
    Batch batch = (*store)->batch();
    change_set(batch, "prefix", 9, delta);
    ASSERT_TRUE((*store)->write(batch, {}).ok());
    if (i % 97 == 0) {
      ASSERT_TRUE((*store)->flush(true).ok());
    }
    if (i % 50 == 0) {
      const auto read = read_set(**store, "prefix");
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->size(), expected.size()) << "seed 11, step " << i;
    }
  }
  const auto read = read_set(**store, "prefix");
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->parts().size(), 1u);
  EXPECT_EQ(read->parts()[0].set, expected);
}

}  // namespace
}  // namespace tocsin::storage
