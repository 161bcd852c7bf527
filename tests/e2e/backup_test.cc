// An operator's way through: back up a server that is busy, lose it, restore it elsewhere.
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/e2e/raw_device.h"
#include "tests/e2e/test_server.h"

namespace tocsin::e2e {
namespace {

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.start();
    app_ = server_.create_app("demo");
    const auto device = RawDevice::connect(server_.gateway_port(), server_.ca_pem());
    ASSERT_NE(device, nullptr);
    const auto identity = device->enroll("demo", app_.registration_key);
    ASSERT_TRUE(identity.has_value());
    identity_ = *identity;
  }
  std::string send(const std::string& target) {
    return server_.send(app_, "{" + target + ",\"data\":{\"a\":\"1\"}}");
  }
  std::string to_device() const { return "\"device\":\"" + identity_.device.text() + "\""; }
  // The folder of a new backup.
  std::string back_up() {
    const runtime::HttpsAnswer answer = server_.call("POST", "/v1/backups", server_.admin_key());
    EXPECT_EQ(answer.status, 201) << answer.body;
    return json_field(answer.body, "folder");
  }
  // What the device gets from `server`, acknowledged.
  std::set<std::string> receive(TestServer& server, size_t at_least) {
    const auto device = RawDevice::connect(server.gateway_port(), server.ca_pem());
    EXPECT_NE(device, nullptr);
    EXPECT_TRUE(device->hello(identity_)) << device->error_text();
    std::set<std::string> got;
    for (const MessageId id : device->read_pushes(at_least)) got.insert(id.text());
    return got;
  }

  TestServer server_;
  TestApp app_;
  Identity identity_;
};

TEST_F(BackupTest, WhatWasAcceptedBeforeTheBackupIsDeliveredByTheRestored) {
  const std::string had = send(to_device());
  EXPECT_EQ(receive(server_, 1), std::set<std::string>{had});
  ASSERT_TRUE(server_.wait_for_report(app_, had, "delivered", 1));
  std::vector<std::string> sent = {send(to_device()), send("\"everyone\":true")};

  // Somebody goes on sending while the backup is made.
  std::vector<std::string> meanwhile;
  std::thread sender([&] {
    for (int i = 0; i < 20; ++i) {
      meanwhile.push_back(send(i % 2 == 0 ? to_device() : "\"everyone\":true"));
    }
  });
  const std::string backup = back_up();
  sender.join();
  EXPECT_TRUE(backup.starts_with(server_.data_folder() + "/backups/")) << backup;
  sent.push_back(meanwhile.front());
  const std::string later = send(to_device());
  server_.kill();

  TestServer restored;
  const Outcome outcome = restored.run({"--restore-backup", backup});
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const Outcome checked = restored.run({"--check-store"});
  EXPECT_EQ(checked.status, 0) << checked.output;
  EXPECT_NE(checked.output.find("1 devices"), std::string::npos) << checked.output;
  restored.start();
  EXPECT_EQ(restored.report(app_, had, "delivered"), 1u);
  const std::set<std::string> got = receive(restored, 2);
  EXPECT_TRUE(got.contains(sent[0]) && got.contains(sent[1]));
  EXPECT_FALSE(got.contains(had)) << "it was delivered before";
  EXPECT_FALSE(got.contains(later)) << "it came after the backup";
  for (const std::string& id : got) {
    EXPECT_TRUE(restored.wait_for_report(app_, id, "delivered", 1)) << id;
  }
  ASSERT_TRUE(restored.stop());
  EXPECT_EQ(restored.run({"--check-store"}).status, 0);

  // And the one that was killed has everything.
  server_.start();
  EXPECT_TRUE(receive(server_, sent.size()).contains(later));
}

TEST_F(BackupTest, CheckAndRestoreSayWhyTheyCannot) {
  const Outcome running = server_.run({"--check-store"});
  EXPECT_EQ(running.status, 2);
  EXPECT_NE(running.output.find("in use by another process"), std::string::npos) << running.output;
  const std::string backup = back_up();
  const Outcome over = server_.run({"--restore-backup", backup});
  EXPECT_EQ(over.status, 2);
  EXPECT_NE(over.output.find("is not empty"), std::string::npos) << over.output;
  server_.kill();
  EXPECT_EQ(server_.run({"--check-store"}).status, 0) << "killed is not damaged";

  const std::string log = server_.data_folder() + "/log/00000000000000000001.log";
  std::fstream bytes(log, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(40);
  bytes.put('\x7f');
  bytes.close();
  const Outcome damaged = server_.run({"--check-store"});
  EXPECT_EQ(damaged.status, 1);
  EXPECT_NE(damaged.output.find("finding: log file " + log), std::string::npos) << damaged.output;
  EXPECT_NE(damaged.output.find("1 findings"), std::string::npos) << damaged.output;
}

TEST_F(BackupTest, OnlyTheAdminMakesBackups) {
  EXPECT_EQ(server_.call("POST", "/v1/backups", app_.send_key).status, 403);
  EXPECT_EQ(server_.call("POST", "/v1/backups", "").status, 401);
  EXPECT_FALSE(std::filesystem::exists(server_.data_folder() + "/backups"));
}

}  // namespace
}  // namespace tocsin::e2e
