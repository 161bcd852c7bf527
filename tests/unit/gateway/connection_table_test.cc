#include "gateway/connection_table.h"

#include <gtest/gtest.h>

#include "gateway/audience_index.h"

namespace tocsin::gateway {
namespace {

TEST(ConnectionTableTest, GivesTheLowestFreeSlotAndEndsAtCapacity) {
  ConnectionTable table(3);
  EXPECT_EQ(table.take(10), 0u);
  EXPECT_EQ(table.take(11), 1u);
  EXPECT_EQ(table.take(12), 2u);
  EXPECT_EQ(table.take(13), TimerWheel::none);
  table.release(2);
  table.release(0);
  EXPECT_EQ(table.take(14), 0u);
  EXPECT_EQ(table.size(), 2u);
}

TEST(ConnectionTableTest, ARefToAClosedConnectionFindsNothing) {
  ConnectionTable table(2);
  const uint32_t index = table.take(10);
  const uint32_t generation = table[index].generation;
  ASSERT_NE(table.find(index, generation), nullptr);
  table.release(index);
  EXPECT_EQ(table.find(index, generation), nullptr);
  table.take(11);
  EXPECT_EQ(table.find(index, generation), nullptr);
  EXPECT_NE(table.find(index, generation + 1), nullptr);
  EXPECT_EQ(table.find(17, 0), nullptr);
}

TEST(ConnectionTableTest, AReleasedSlotKeepsNothingOfItsConnection) {
  ConnectionTable table(1);
  Slot& slot = table[table.take(10)];
  slot.app = AppId{4};
  slot.draining = 1;
  slot.device.bytes.fill(1);
  slot.aux = std::make_unique<Aux>();
  table.release(0);
  Slot& next = table[table.take(11)];
  EXPECT_EQ(next.app, AppId{});
  EXPECT_EQ(next.device, DeviceId{});
  EXPECT_FALSE(next.draining);
  EXPECT_EQ(next.aux, nullptr);
}

class AudienceIndexTest : public testing::Test {
 protected:
  uint32_t connect(uint32_t app, const std::vector<std::string>& tags) {
    const uint32_t index = table_.take(100 + static_cast<int>(table_.size()));
    table_[index].app = AppId{app};
    audience_.add(index, table_[index], tags);
    return index;
  }

  ConnectionTable table_{8};
  AudienceIndex audience_;
};

TEST_F(AudienceIndexTest, SeparatesAppsAndTags) {
  const uint32_t a = connect(1, {"news", "sport"});
  const uint32_t b = connect(1, {"news"});
  const uint32_t c = connect(2, {"news"});
  EXPECT_EQ(audience_.everyone(AppId{1}).size(), 2u);
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "news").contains(b));
  EXPECT_FALSE(audience_.with_tag(AppId{1}, "news").contains(c));
  EXPECT_EQ(audience_.with_tag(AppId{1}, "sport").size(), 1u);
  EXPECT_TRUE(audience_.has_tag(table_[a], "sport"));
  EXPECT_TRUE(audience_.with_tag(AppId{3}, "news").empty());
}

TEST_F(AudienceIndexTest, ReplacesTagsAndForgetsConnections) {
  const uint32_t a = connect(1, {"news"});
  audience_.set_tags(a, table_[a], {"sport"});
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "news").empty());
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "sport").contains(a));
  audience_.remove(a, table_[a]);
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "sport").empty());
  EXPECT_TRUE(audience_.everyone(AppId{1}).empty());
}

TEST_F(AudienceIndexTest, ATagNobodyHasAnyMoreGivesItsPlaceToAnother) {
  const uint32_t a = connect(1, {"first"});
  audience_.set_tags(a, table_[a], {"second"});
  const uint32_t b = connect(1, {"third"});
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "first").empty());
  EXPECT_FALSE(audience_.has_tag(table_[a], "third"));
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "second").contains(a));
  EXPECT_TRUE(audience_.with_tag(AppId{1}, "third").contains(b));
  EXPECT_EQ(audience_.with_tag(AppId{1}, "third").size(), 1u);
}

TEST_F(AudienceIndexTest, ASetTakenForACastDoesNotChangeWithTheConnections) {
  const uint32_t a = connect(1, {});
  const sets::OrdinalSet running = audience_.everyone(AppId{1});
  audience_.remove(a, table_[a]);
  EXPECT_TRUE(running.contains(a));
}

}  // namespace
}  // namespace tocsin::gateway
