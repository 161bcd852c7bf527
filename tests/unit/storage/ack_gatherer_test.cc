#include "storage/sessions/ack_gatherer.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

using testing::ElementsAre;

constexpr AppId app{7};
constexpr uint64_t now_ms = 1'700'000'000'000;

// The acks of a record, flat again.
std::set<Ack> acks_of(const std::string& bytes) {
  internal::Record record;
  EXPECT_TRUE(record.ParseFromString(bytes));
  std::set<Ack> acks;
  for (const auto& delivery : record.messages_delivered().deliveries()) {
    const auto take = [&](const auto& shards, bool opened) {
      for (const auto& partition : shards) {
        for (size_t i = 0; i < static_cast<size_t>(partition.ordinals_size()); ++i) {
          const uint32_t ordinal = partition.ordinals(static_cast<int>(i));
          if (i > 0) {
            EXPECT_GT(ordinal, partition.ordinals(static_cast<int>(i) - 1)) << "ordinals rise";
          }
          acks.insert({MessageId{delivery.message_id()}, AppId{delivery.app_id()},
                       DeviceRef{partition.partition(), ordinal}, opened});
        }
      }
    };
    take(delivery.delivered(), false);
    take(delivery.opened(), true);
  }
  return acks;
}

TEST(AckGathererTest, OneRecordSaysItAllOnce) {
  AckGatherer gatherer;
  const std::set<Ack> acks = {{MessageId{1}, app, {3, 9}, false},
                              {MessageId{1}, app, {3, 4}, false},
                              {MessageId{1}, app, {200, 4}, false},
                              {MessageId{1}, app, {3, 4}, true},
                              {MessageId{2}, app, {3, 4}, false}};
  for (const Ack& ack : acks) EXPECT_TRUE(gatherer.add(ack));
  for (const Ack& ack : acks) EXPECT_TRUE(gatherer.add(ack));
  EXPECT_EQ(gatherer.gathered(), acks.size());
  EXPECT_EQ(acks_of(gatherer.take(now_ms)), acks);
}

TEST(AckGathererTest, HoldsUntilApplied) {
  AckGatherer gatherer;
  const Ack ack{MessageId{1}, app, {3, 9}, false};
  gatherer.add(ack);
  EXPECT_TRUE(gatherer.holds(app, ack.message, ack.device));
  EXPECT_FALSE(gatherer.holds(app, MessageId{2}, ack.device));
  gatherer.take(now_ms);
  EXPECT_TRUE(gatherer.holds(app, ack.message, ack.device));
  gatherer.settle(true);
  EXPECT_FALSE(gatherer.holds(app, ack.message, ack.device));
  EXPECT_TRUE(gatherer.empty());
}

TEST(AckGathererTest, WhatTheLogRefusedIsTakenAgain) {
  AckGatherer gatherer;
  const Ack first{MessageId{1}, app, {3, 9}, false};
  const Ack second{MessageId{1}, app, {3, 10}, true};
  gatherer.add(first);
  gatherer.take(now_ms);
  gatherer.add(second);
  gatherer.add(first);
  gatherer.settle(false);
  EXPECT_EQ(gatherer.gathered(), 2u);
  EXPECT_EQ(acks_of(gatherer.take(now_ms)), (std::set<Ack>{first, second}));
}

TEST(AckGathererTest, TheRecordSaysHowLongDeliveriesTook) {
  AckGatherer gatherer;
  gatherer.add({MessageId{1}, app, {3, 1}, false, 10});
  gatherer.add({MessageId{1}, app, {3, 2}, false, 12});
  gatherer.add({MessageId{1}, app, {4, 1}, false, 10});
  gatherer.add({MessageId{1}, app, {4, 1}, false, 30});  // repeated: the first time counts
  gatherer.add({MessageId{1}, app, {4, 1}, true, 30});   // opened: not a delivery
  gatherer.add({MessageId{1}, app, {4, 2}, false});      // nobody knows
  gatherer.add({MessageId{2}, app, {4, 1}, false, 0});
  internal::Record record;
  ASSERT_TRUE(record.ParseFromString(gatherer.take(now_ms)));
  ASSERT_EQ(record.messages_delivered().deliveries_size(), 2);
  const auto& first = record.messages_delivered().deliveries(0);
  EXPECT_THAT(first.latency_buckets(), ElementsAre(10, 12));
  EXPECT_THAT(first.latency_counts(), ElementsAre(2, 1));
  const auto& second = record.messages_delivered().deliveries(1);
  EXPECT_THAT(second.latency_buckets(), ElementsAre(0));
  EXPECT_THAT(second.latency_counts(), ElementsAre(1));
}

TEST(AckGathererTest, RecordsFitInTheLogWhateverTheyNeed) {
  AckGatherer gatherer;
  std::set<Ack> expected;
  // The worst: every ack of another message, with the longest numbers.
  for (uint32_t i = 0; i < 20'000; ++i) {
    const auto bucket = static_cast<uint8_t>(i % limits::latency_buckets);
    const Ack ack{
        MessageId{UINT64_MAX - i}, AppId{UINT32_MAX}, {255, UINT32_MAX - i}, i % 2 == 0, bucket};
    expected.insert(ack);
    gatherer.add(ack);
  }
  std::set<Ack> got;
  while (!gatherer.empty()) {
    const std::string record = gatherer.take(now_ms);
    EXPECT_LE(record.size(), limits::log_record_bytes_max);
    EXPECT_GT(record.size(), 0u);
    got.merge(acks_of(record));
    gatherer.settle(true);
  }
  EXPECT_EQ(got, expected);
}

TEST(AckGathererTest, FullMeansNotTaken) {
  AckGatherer gatherer;
  for (uint32_t i = 0; i < limits::acks_waiting_max; ++i) {
    ASSERT_TRUE(gatherer.add({MessageId{1}, app, {3, i}, false}));
  }
  const Ack extra{MessageId{2}, app, {3, 1}, false};
  EXPECT_FALSE(gatherer.add(extra));
  EXPECT_FALSE(gatherer.holds(app, extra.message, extra.device));
  EXPECT_TRUE(gatherer.add({MessageId{1}, app, {3, 0}, false})) << "is here already";
  gatherer.take(now_ms);
  gatherer.settle(true);
  EXPECT_TRUE(gatherer.add(extra));
}

}  // namespace
}  // namespace tocsin::storage
