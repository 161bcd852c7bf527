// A disk that is really full: senders are told so, nothing accepted is lost, and when there is room
// the server takes sends again by itself.
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/e2e/raw_device.h"
#include "tests/e2e/small_disk.h"
#include "tests/e2e/test_server.h"

namespace tocsin::e2e {
namespace {

constexpr uint64_t disk_bytes = 48 * 1024 * 1024;

class DiskFullTest : public testing::Test {
 protected:
  // A server whose log and store are on one small disk, and a device that is away.
  void SetUp() override {
    disk_ = SmallDisk::mount(server_.make_data_folder(), disk_bytes);
    if (disk_ == nullptr) GTEST_SKIP() << "mounting is not allowed here";
    server_.run_under(disk_->command_prefix(), disk_->inside());
    server_.start();
    app_ = server_.create_app("demo");
    const auto device = RawDevice::connect(server_.gateway_port(), server_.ca_pem());
    ASSERT_NE(device, nullptr);
    const auto identity = device->enroll("demo", app_.registration_key);
    ASSERT_TRUE(identity.has_value());
    identity_ = *identity;
  }
  std::string body() const {
    return "{\"device\":\"" + identity_.device.text() + "\",\"data\":{\"a\":\"1\"}}";
  }
  runtime::HttpsAnswer try_send() {
    return server_.call("POST", "/v1/apps/demo/messages", app_.send_key, body());
  }
  // Fill the disk, and send until one is refused; those accepted before it go to `accepted_`.
  void fill_until_refused() {
    disk_->fill();
    for (int i = 0; i < 1000; ++i) {
      const runtime::HttpsAnswer answer = try_send();
      if (answer.status != 202) {
        EXPECT_EQ(answer.status, 429) << answer.body;
        EXPECT_NE(answer.body.find("RESOURCE_EXHAUSTED"), std::string::npos) << answer.body;
        EXPECT_NE(answer.body.find("no room"), std::string::npos) << answer.body;
        EXPECT_FALSE(answer.header("retry-after").empty());
        return;
      }
      accepted_.push_back(message_id_of(answer.body));
    }
    FAIL() << "a full disk refused nothing";
  }
  void send_accepted() { accepted_.push_back(server_.send(app_, body())); }
  void expect_device_gets_all() {
    const auto device = RawDevice::connect(server_.gateway_port(), server_.ca_pem());
    ASSERT_NE(device, nullptr);
    ASSERT_TRUE(device->hello(identity_)) << device->error_text();
    std::vector<std::string> got;
    for (const MessageId id : device->read_pushes(accepted_.size())) got.push_back(id.text());
    EXPECT_EQ(got, accepted_);
    for (const std::string& id : accepted_) {
      EXPECT_TRUE(server_.wait_for_report(app_, id, "delivered", 1)) << id;
    }
  }

  TestServer server_;
  std::unique_ptr<SmallDisk> disk_;  // outlived by nobody who uses it
  TestApp app_;
  Identity identity_;
  std::vector<std::string> accepted_;
};

TEST_F(DiskFullTest, SendsAreRefusedClearlyAndTakenAgainWhenThereIsRoom) {
  send_accepted();
  fill_until_refused();
  EXPECT_EQ(try_send().status, 429) << "as long as it is full";
  EXPECT_EQ(server_.report(app_, accepted_.front(), "pending"), 1u) << "reading goes on";
  EXPECT_NE(server_.log_text().find("make room on this disk"), std::string::npos)
      << "the operator is told what to do";
  disk_->make_room();
  send_accepted();
  expect_device_gets_all();
}

TEST_F(DiskFullTest, KilledWhileFullNothingAcceptedIsLost) {
  send_accepted();
  fill_until_refused();
  server_.kill();
  disk_->make_room();
  server_.start();
  send_accepted();
  expect_device_gets_all();
}

TEST_F(DiskFullTest, AStoreThatCouldNotBeFlushedCatchesUp) {
  send_accepted();
  fill_until_refused();
  // A backup flushes the store first, so this is what a flush on a full disk does.
  const runtime::HttpsAnswer refused = server_.call("POST", "/v1/backups", server_.admin_key());
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_NE(refused.body.find("the backup was not made"), std::string::npos) << refused.body;
  EXPECT_TRUE(std::filesystem::is_empty(disk_->inside() + "/backups")) << "nothing is left of it";
  disk_->make_room();
  send_accepted();
  expect_device_gets_all();
  EXPECT_EQ(server_.call("POST", "/v1/backups", server_.admin_key()).status, 201);
  ASSERT_TRUE(server_.stop());
  const Outcome checked = server_.run({"--check-store"});
  EXPECT_EQ(checked.status, 0) << checked.output;
  server_.start();
  EXPECT_EQ(server_.report(app_, accepted_.front(), "delivered"), 1u);
}

}  // namespace
}  // namespace tocsin::e2e
