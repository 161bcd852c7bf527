#include "gateway/lanes.h"

#include <vector>

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

cluster::SharedEnvelope envelope(uint64_t id, wire::Priority priority, uint64_t ttl_ms = 60'000) {
  auto made = std::make_shared<cluster::Envelope>();
  made->message = MessageId{id};
  made->priority = priority;
  made->accepted_at_ms = 1000;
  made->expires_at_ms = 1000 + ttl_ms;
  return made;
}

sets::OrdinalSet slots(uint32_t begin, uint32_t end) {
  sets::OrdinalSet set;
  for (uint32_t i = begin; i < end; ++i) set.add(i);
  return set;
}

// Everything left, as (message, slot) in the order it would be sent.
std::vector<std::pair<uint64_t, uint32_t>> take_all(Lanes& lanes) {
  std::vector<std::pair<uint64_t, uint32_t>> all;
  Lanes::Run run;
  while (lanes.take(limits::fan_out_chunk, run)) {
    for (size_t i = 0; i < run.count; ++i) {
      all.emplace_back(run.envelope->message.value, run.slots[i]);
    }
  }
  return all;
}

TEST(LanesTest, SendsACastToEachSlotOnceInOrder) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::normal), slots(0, 1000), 1);
  const auto all = take_all(lanes);
  ASSERT_EQ(all.size(), 1000u);
  for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(all[i].second, i);
  EXPECT_TRUE(lanes.empty());
}

TEST(LanesTest, TellsWhenACastHasReachedItsLastSlot) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::normal), slots(0, 65), 7);
  lanes.push_direct(3, 1, envelope(2, wire::Priority::high));
  Lanes::Run run;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(lanes.take(64, run));
  EXPECT_TRUE(lanes.take_sent().empty());
  EXPECT_FALSE(lanes.take(64, run));
  const std::vector<Lanes::Sent> sent = lanes.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].priority, wire::Priority::normal);
  EXPECT_EQ(sent[0].queued_at_ns, 7u);
  EXPECT_TRUE(lanes.take_sent().empty());
}

TEST(LanesTest, ARecalledMessageGoesToNobodyMore) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::normal), slots(0, 100), 1);
  lanes.push_cast(envelope(2, wire::Priority::normal), slots(0, 2), 1);
  lanes.push_direct(3, 1, envelope(1, wire::Priority::high));
  Lanes::Run run;
  ASSERT_TRUE(lanes.take(1, run));
  ASSERT_TRUE(lanes.take(10, run));
  lanes.withdraw(MessageId{1});
  const std::vector<std::pair<uint64_t, uint32_t>> left = {{2, 0}, {2, 1}};
  EXPECT_EQ(take_all(lanes), left);
  lanes.push_cast(envelope(1, wire::Priority::normal), slots(0, 2), 1);
  lanes.forget(0);
  EXPECT_EQ(take_all(lanes).size(), 1u);
}

TEST(LanesTest, AnAlertOvertakesARunningBroadcastAtTheNextChunk) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::normal), slots(0, 1000), 1);
  Lanes::Run run;
  ASSERT_TRUE(lanes.take(64, run));
  lanes.push_cast(envelope(2, wire::Priority::alert), slots(0, 70), 1);
  EXPECT_TRUE(lanes.has_alerts());
  for (int chunk = 0; chunk < 2; ++chunk) {
    ASSERT_TRUE(lanes.take(64, run));
    EXPECT_EQ(run.envelope->message.value, 2u);
  }
  ASSERT_TRUE(lanes.take(64, run));
  EXPECT_EQ(run.envelope->message.value, 1u);
  EXPECT_EQ(run.slots[0], 64u);
}

TEST(LanesTest, ServesLanesByPriorityAndEachInOrder) {
  Lanes lanes;
  lanes.push_direct(7, 1, envelope(1, wire::Priority::low));
  lanes.push_direct(7, 1, envelope(2, wire::Priority::normal));
  lanes.push_direct(7, 1, envelope(3, wire::Priority::high));
  lanes.push_direct(7, 1, envelope(4, wire::Priority::normal));
  std::vector<uint64_t> order;
  for (const auto& [message, slot] : take_all(lanes)) order.push_back(message);
  EXPECT_EQ(order, (std::vector<uint64_t>{3, 2, 4, 1}));
}

TEST(LanesTest, NeverGivesMoreThanThereIsRoomFor) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::high), slots(0, 10), 1);
  Lanes::Run run;
  ASSERT_TRUE(lanes.take(3, run));
  EXPECT_EQ(run.count, 3u);
}

TEST(LanesTest, ForgetsASlotInWaitingCastsButKeepsWhatRidesAtOnceAndDirectItems) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::alert), slots(0, 3), 1);
  lanes.push_cast(envelope(2, wire::Priority::normal), slots(0, 3), 1);
  lanes.push_direct(1, 9, envelope(3, wire::Priority::normal));
  lanes.push_cast(envelope(4, wire::Priority::low, 0), slots(0, 2), 1);  // now or never
  lanes.forget_waiting(1);
  const std::vector<std::pair<uint64_t, uint32_t>> expected = {{1, 0}, {1, 1}, {1, 2}, {2, 0},
                                                               {2, 2}, {3, 1}, {4, 0}, {4, 1}};
  EXPECT_EQ(take_all(lanes), expected);
}

TEST(LanesTest, ForgetConcernsAlertsToo) {
  Lanes lanes;
  lanes.push_cast(envelope(1, wire::Priority::alert), slots(0, 3), 1);
  lanes.forget(1);
  const std::vector<std::pair<uint64_t, uint32_t>> expected = {{1, 0}, {1, 2}};
  EXPECT_EQ(take_all(lanes), expected);
}

}  // namespace
}  // namespace tocsin::gateway
