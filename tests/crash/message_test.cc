// What the crash loop calls a broken promise, and what it does not.
#include "tests/crash/message.h"

#include <gtest/gtest.h>

#include "tests/crash/model.h"

namespace tocsin::crash {
namespace {

constexpr uint64_t now_ms = 1000;
constexpr uint64_t later_ms = 2000;

// An app with three registered devices; the first has tag 0.
class JudgeTest : public testing::Test {
 protected:
  JudgeTest() : devices_(3) {
    for (DevicePast& device : devices_) {
      device.registered.ask(true, 1);
      device.registered.confirm(2);
    }
    devices_[0].tags[0].ask(true, 3);
    devices_[0].tags[0].confirm(4);
    message_.asked = 10;
    message_.ended = 11;
    message_.answer = Message::Answer::accepted;
  }
  void arrives(size_t device) { message_.receipts[device] = {1, 1, 1}; }
  std::vector<std::string> judged(Books books) {
    if (books.expires_at_ms == 0) books.expires_at_ms = later_ms;
    return judge(message_, devices_, books, now_ms);
  }

  std::vector<DevicePast> devices_;
  Message message_;
};

TEST_F(JudgeTest, EveryoneGotItAndTheBooksSaySo) {
  for (size_t i = 0; i < 3; ++i) arrives(i);
  EXPECT_TRUE(judged({.targeted = 3, .delivered = 3}).empty());
}

TEST_F(JudgeTest, LostForOneDevice) {
  arrives(0);
  arrives(1);
  EXPECT_FALSE(judged({.targeted = 3, .delivered = 3}).empty());
  EXPECT_FALSE(judged({.targeted = 2, .delivered = 2}).empty());
}

TEST_F(JudgeTest, ExpiredForOneDevice) {
  arrives(0);
  arrives(1);
  EXPECT_TRUE(
      judged({.targeted = 3, .delivered = 2, .expired = 1, .expires_at_ms = now_ms}).empty());
  // An acknowledgement may be lost with the server, but none can be made up.
  EXPECT_TRUE(
      judged({.targeted = 3, .delivered = 1, .expired = 2, .expires_at_ms = now_ms}).empty());
  EXPECT_FALSE(judged({.targeted = 3, .delivered = 3, .expires_at_ms = now_ms}).empty());
}

TEST_F(JudgeTest, ShownTwice) {
  for (size_t i = 0; i < 3; ++i) arrives(i);
  message_.receipts[1].shown = 2;
  EXPECT_FALSE(judged({.targeted = 3, .delivered = 3}).empty());
  message_.receipts[1].shown_max = 2;
  EXPECT_TRUE(judged({.targeted = 3, .delivered = 3}).empty());
}

TEST_F(JudgeTest, RepeatedOnTheWireOnly) {
  for (size_t i = 0; i < 3; ++i) arrives(i);
  message_.receipts[1].on_wire = 4;
  EXPECT_TRUE(judged({.targeted = 3, .delivered = 3}).empty());
}

TEST_F(JudgeTest, BooksThatDoNotAddUp) {
  for (size_t i = 0; i < 3; ++i) arrives(i);
  EXPECT_FALSE(judged({.targeted = 4, .delivered = 3}).empty());
  EXPECT_FALSE(judged({.targeted = 3, .delivered = 3, .opened = 4}).empty());
}

TEST_F(JudgeTest, OnlyTheTagged) {
  message_.target = {Target::Kind::tag, {}, 0};
  arrives(0);
  EXPECT_TRUE(judged({.targeted = 1, .delivered = 1}).empty());
  arrives(1);
  EXPECT_FALSE(judged({.targeted = 2, .delivered = 2}).empty());
}

TEST_F(JudgeTest, ATagThatWasBeingTakenMayCountOrNot) {
  message_.target = {Target::Kind::tag, {}, 0};
  devices_[0].tags[0].ask(false, 9);
  EXPECT_TRUE(judged({}).empty());
  arrives(0);
  EXPECT_TRUE(judged({.targeted = 1, .delivered = 1}).empty());
}

TEST_F(JudgeTest, AnAckThatDiedWithTheServerIsMissedOnlyWhereNobodyAsksAgain) {
  message_.target = {Target::Kind::tag, {}, 0};
  arrives(0);
  EXPECT_FALSE(judged({}).empty());
  const Books nothing = {.expires_at_ms = later_ms};
  EXPECT_FALSE(are_at_rest(message_, devices_, nothing, now_ms));
  devices_[0].tags[0].ask(false, 9);
  EXPECT_TRUE(judged({}).empty());
  EXPECT_TRUE(are_at_rest(message_, devices_, nothing, now_ms));
}

TEST_F(JudgeTest, AnotherAppsDevice) {
  message_.target = {Target::Kind::devices, {0}, 0};
  devices_[0].app = 1;
  arrives(0);
  EXPECT_FALSE(judged({.targeted = 1, .delivered = 1}).empty());
}

TEST(HistoryTest, IsSureOnlyOfWhatWasConfirmed) {
  History tag;
  EXPECT_EQ(tag.during(0, never), Certainty::no);
  tag.ask(true, 5);
  EXPECT_EQ(tag.during(1, 4), Certainty::no);
  EXPECT_EQ(tag.during(1, 6), Certainty::maybe);
  EXPECT_EQ(tag.during(6, 9), Certainty::maybe);
  tag.confirm(8);
  EXPECT_EQ(tag.during(8, 9), Certainty::yes);
  EXPECT_EQ(tag.during(7, 9), Certainty::maybe);
  tag.ask(false, 20);
  EXPECT_EQ(tag.during(9, 19), Certainty::yes);
  EXPECT_EQ(tag.during(9, 20), Certainty::maybe);
}

class ModelTest : public testing::Test {
 protected:
  ModelTest() {
    model_.add_app({"demo", "", {}});
    device_ = model_.add_device(0, {});
    model_.registered(device_, DeviceId{{1}});
    Message message;
    message.op = 1;
    model_.asked(message);
  }
  Model model_;
  size_t device_ = 0;
  const MessageId id_{7};
};

TEST_F(ModelTest, OneSendIsOneMessage) {
  model_.on_wire(device_, 1, id_);
  model_.accepted(1, id_);
  model_.on_wire(device_, 1, id_);
  EXPECT_TRUE(model_.complaints().empty());
  model_.on_wire(device_, 1, MessageId{8});
  EXPECT_EQ(model_.complaints().size(), 1u);
}

TEST_F(ModelTest, WhatWasRefusedMustNotCome) {
  model_.refused(1);
  EXPECT_TRUE(model_.complaints().empty());
  model_.on_wire(device_, 1, id_);
  EXPECT_EQ(model_.complaints().size(), 1u);
}

TEST_F(ModelTest, WhatNeverWasMustNotComeLater) {
  model_.unanswered(1, true);
  model_.settle_absent(1);
  model_.on_wire(device_, 1, id_);
  EXPECT_EQ(model_.complaints().size(), 1u);
}

TEST_F(ModelTest, ShowsOnceAndOncePerLostMemory) {
  model_.shown(device_, 1, id_);
  model_.may_show_again(device_, 1);
  model_.shown(device_, 1, id_);
  EXPECT_TRUE(model_.complaints().empty());
  model_.shown(device_, 1, id_);
  EXPECT_EQ(model_.complaints().size(), 1u);
}

TEST_F(ModelTest, NobodySentIt) {
  model_.on_wire(device_, 99, id_);
  EXPECT_EQ(model_.complaints().size(), 1u);
}

TEST_F(ModelTest, ADeviceStaysItself) {
  model_.registered(device_, DeviceId{{1}});
  EXPECT_TRUE(model_.complaints().empty());
  model_.registered(device_, DeviceId{{2}});
  EXPECT_EQ(model_.complaints().size(), 1u);
}

}  // namespace
}  // namespace tocsin::crash
