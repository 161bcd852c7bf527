// A device changes its tags: what it is told, and what it gets, whichever of the log's answer and
// storage's word on its tags comes first.
//
// A real gateway shard, bus and TLS connection. The log and storage are the test itself: it says
// what they say, in the order it wants to see.
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "cluster/in_process_bus.h"
#include "gateway/gateway_shard.h"

#include "tests/e2e/raw_device.h"
#include "tests/unit/cluster/await.h"
#include "tests/unit/runtime/tls_test_peer.h"

namespace tocsin::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Commits what is appended when the test says so.
class HeldLog : public cluster::Log {
 public:
  void append(std::string, OnCommit on_commit) override {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(on_commit));
  }
  // Commit the oldest record that is held, once there is one.
  void commit(cluster::Position position) {
    ASSERT_TRUE(test::await([this] { return held() > 0; }));
    OnCommit oldest;
    {
      const std::lock_guard lock(mutex_);
      oldest = std::move(held_.front());
      held_.pop_front();
    }
    oldest(position);
  }
  size_t held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }

  absl::Status subscribe(cluster::Position, OnEntries) override { return absl::OkStatus(); }
  void trim(cluster::Position) override {}
  absl::StatusOr<cluster::Position> copy_to(const std::string&, cluster::Position) override {
    return absl::UnimplementedError("not in this test");
  }
  cluster::Position last() const override { return 0; }
  void stop() override {}

 private:
  std::mutex mutex_;
  std::deque<OnCommit> held_;
};

class TagChangesTest : public testing::Test {
 protected:
  void SetUp() override {
    storage_.start();
    bus_.join(cluster::Role::storage, storage_,
              [this](cluster::BusMessage message) { note(std::move(message)); });
    options_.connections_max = 4;
    pool_ = *runtime::HandshakePool::create(runtime::test_certificates().identity, {});
    gateway_ = std::make_unique<GatewayShard>(0, options_, log_, bus_, *pool_);
    gateway_->start();
    auto apps = std::make_shared<cluster::AppTable>();
    apps->by_id[app_.value].id = app_;
    bus_.publish(cluster::Role::gateway, cluster::AppsChanged(apps));
    const auto port = gateway_->listen("127.0.0.1:0");
    ASSERT_TRUE(port.ok()) << port.status();
    device_ = e2e::RawDevice::connect(*port, runtime::test_certificates().ca_pem);
    ASSERT_NE(device_, nullptr);
    e2e::Identity identity{app_, DeviceId{}, {}, 0};
    const wire::Secret secret = wire::derive_device_secret({}, identity.device, 0);
    identity.secret.assign(secret.begin(), secret.end());
    ASSERT_TRUE(device_->hello(identity)) << device_->error_text();
    ASSERT_TRUE(test::await([this] { return opened_.load(); }));
  }
  void TearDown() override {
    if (gateway_) gateway_->stop();
    pool_.reset();
    storage_.stop();
  }

  // -- What the device says and is told

  void update(uint32_t id, const std::vector<std::string>& add,
              const std::vector<std::string>& remove) {
    wire::Update update;
    update.update_id = id;
    for (const std::string& tag : add) update.add_tags.push_back(tag);
    for (const std::string& tag : remove) update.remove_tags.push_back(tag);
    device_->send_message(update);
  }
  // Everything the device got up to now: "push ID", "updated ID".
  std::vector<std::string> got() {
    const std::string last = "push " + cast(++position_of_marks_, "");
    std::vector<std::string> all;
    while (const auto frame = device_->read()) {
      all.push_back(text_of(*frame));
      if (all.back() != last) continue;
      all.pop_back();
      return all;
    }
    ADD_FAILURE() << "the connection ended: " << device_->error_text();
    return all;
  }

  // -- What storage and dispatcher say

  void grant(cluster::Position as_of, const std::vector<std::string>& tags) {
    bus_.send(session_.gateway,
              cluster::SessionsGranted{{DeviceRef{0, 0}, tags, {session_, {}, false, as_of}}});
  }
  void tags(cluster::Position as_of, const std::vector<std::string>& tags) {
    bus_.send(session_.gateway, cluster::TagsChanged{{session_, tags, as_of}});
  }
  // To everyone when the tag is empty. Its position is its message's id.
  std::string cast(cluster::Position position, const std::string& tag) {
    auto envelope = std::make_shared<cluster::Envelope>();
    envelope->message = MessageId{position};
    envelope->app = app_;
    envelope->accepted_at_ms = wall_ms();
    envelope->expires_at_ms = envelope->accepted_at_ms + 3'600'000;
    wire::Push push;
    push.message = envelope->message;
    push.priority = envelope->priority;
    push.title = "t";
    Bytes frame;
    EXPECT_EQ(wire::append_message(push, frame), wire::Code::ok);
    envelope->push_frame = as_text(frame);
    bus_.send(session_.gateway, cluster::Cast{position, envelope, tag.empty(), tag});
    return std::to_string(position);
  }

  HeldLog log_;

 private:
  void note(cluster::BusMessage message) {
    const auto* opened = std::get_if<cluster::SessionsOpened>(&message);
    if (opened == nullptr) return;
    session_ = opened->front().session;
    opened_ = true;
  }
  static std::string text_of(const e2e::Frame& frame) {
    wire::Updated updated;
    wire::Push push;
    if (frame.type == wire::FrameType::updated &&
        wire::decode(frame.body, updated) == wire::Code::ok) {
      return "updated " + std::to_string(updated.update_id);
    }
    if (frame.type == wire::FrameType::push && wire::decode(frame.body, push) == wire::Code::ok) {
      return "push " + std::to_string(push.message.value);
    }
    return "another frame";
  }

  const AppId app_{7};
  Options options_;
  runtime::Shard storage_{"storage"};
  cluster::InProcessBus bus_;
  std::unique_ptr<runtime::HandshakePool> pool_;
  std::unique_ptr<GatewayShard> gateway_;
  std::unique_ptr<e2e::RawDevice> device_;
  cluster::SessionRef session_;  // valid once opened_
  std::atomic<bool> opened_ = false;
  cluster::Position position_of_marks_ = 1'000'000;
};

TEST_F(TagChangesTest, WhatTakesNothingAwayIsConfirmedWhenItIsDurable) {
  grant(10, {"a"});
  update(1, {"b"}, {});
  log_.commit(20);
  EXPECT_THAT(got(), ElementsAre("updated 1"));
  tags(20, {"a", "b"});
  cast(21, "b");
  EXPECT_THAT(got(), ElementsAre("push 21"));
}

TEST_F(TagChangesTest, ATagTakenAwayIsConfirmedWhenNothingBringsItBack) {
  grant(10, {"a"});
  cast(16, "a");
  EXPECT_THAT(got(), ElementsAre("push 16"));
  update(1, {}, {"a"});
  log_.commit(20);
  tags(15, {"a", "b"});  // from before
  EXPECT_THAT(got(), IsEmpty()) << "neither Updated yet nor message 16 again";
  tags(20, {"b"});
  EXPECT_THAT(got(), ElementsAre("updated 1"));
  cast(21, "a");
  cast(22, "b");
  EXPECT_THAT(got(), ElementsAre("push 22"));
}

TEST_F(TagChangesTest, StoragesWordBeforeTheLogsAnswerIsAsGood) {
  grant(10, {"a"});
  update(1, {}, {"a"});
  tags(20, {});
  EXPECT_THAT(got(), IsEmpty());
  log_.commit(20);
  EXPECT_THAT(got(), ElementsAre("updated 1"));
}

TEST_F(TagChangesTest, ATagThatIsBackBeforeTheLogsAnswerStays) {
  grant(10, {"a"});
  update(1, {}, {"a"});
  update(2, {"a"}, {});
  tags(20, {});
  tags(21, {"a"});
  log_.commit(20);
  log_.commit(21);
  EXPECT_THAT(got(), ElementsAre("updated 1", "updated 2"));
  cast(22, "a");
  EXPECT_THAT(got(), ElementsAre("push 22"));
}

TEST_F(TagChangesTest, AGrantFromBeforeTheUpdateDoesNotConfirmIt) {
  update(1, {}, {"a"});
  log_.commit(20);
  grant(19, {"a"});
  EXPECT_THAT(got(), IsEmpty());
  tags(20, {});
  EXPECT_THAT(got(), ElementsAre("updated 1"));
  cast(21, "a");
  EXPECT_THAT(got(), IsEmpty());
}

TEST_F(TagChangesTest, AGrantFromBehindTheUpdateConfirmsIt) {
  update(1, {}, {"a"});
  log_.commit(20);
  grant(20, {});
  EXPECT_THAT(got(), ElementsAre("updated 1"));
}

TEST_F(TagChangesTest, AnUpdateTooManyIsLeftToTheDeviceToRepeat) {
  grant(10, {"a"});
  std::vector<std::string> confirmed;
  for (uint32_t id = 1; id <= limits::updates_unconfirmed_max + 1; ++id) {
    update(id, {}, {"a"});
    log_.commit(20 + id);
    if (id <= limits::updates_unconfirmed_max) {
      confirmed.push_back("updated " + std::to_string(id));
    }
  }
  tags(20 + limits::updates_unconfirmed_max + 1, {});
  EXPECT_EQ(got(), confirmed);
  update(99, {}, {"a"});
  log_.commit(100);
  tags(100, {});
  EXPECT_THAT(got(), ElementsAre("updated 99")) << "there is room again";
}

}  // namespace
}  // namespace tocsin::gateway
