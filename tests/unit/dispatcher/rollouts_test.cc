// Messages that go out in steps, from the API to storage, on a real log.
#include "dispatcher/send/rollouts.h"

#include <gtest/gtest.h>

#include "json/from_json.h"
#include "tocsin/v1/apps.pb.h"

#include "tests/support/installation.h"

namespace tocsin::dispatcher {
namespace {

using Report = v1::MessageReport;

class RolloutsTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::App app;
    ASSERT_TRUE(json::from_json(call({.method = "POST",
                                      .target = "/v1/apps",
                                      .bearer_token = test::admin_key,
                                      .body = R"({"app":"demo"})"},
                                     201),
                                app)
                    .ok());
    key_ = app.send_key();
    for (uint8_t i = 1; i <= 40; ++i) at_.register_device(1, DeviceId{{i, i}});
  }
  std::string call(runtime::HttpsRequest request, int status) {
    if (request.bearer_token.empty()) request.bearer_token = key_;
    const auto answer = at_.client()->call(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, status) << answer->body;
    return answer->body;
  }
  std::string send(const std::string& more) {
    v1::SendResponse sent;
    const std::string body = call({.method = "POST",
                                   .target = "/v1/apps/demo/messages",
                                   .body = R"({"everyone":true,"data":{"k":"v"},)" + more + "}"},
                                  202);
    EXPECT_TRUE(json::from_json(body, sent).ok());
    at_.await_applied();
    return sent.message_id();
  }
  Report report(const std::string& message, const std::string& verb = "") {
    Report report;
    const std::string body = call({.method = verb.empty() ? "GET" : "POST",
                                   .target = "/v1/apps/demo/messages/" + message + verb},
                                  200);
    EXPECT_TRUE(json::from_json(body, report).ok());
    return report;
  }
  Report await_state(const std::string& message, Report::Rollout::State state) {
    for (int i = 0; i < 6000; ++i) {
      const Report now = report(message);
      if (now.rollout().state() == state) return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "never " << Report::Rollout::State_Name(state);
    return {};
  }

  test::Installation at_;
  std::string key_;
};

TEST_F(RolloutsTest, APaceIsKeptUntilEverybodyMayHaveIt) {
  const std::string message = send(R"("pacing":{"perS":20})");
  const Report first = report(message);
  EXPECT_EQ(first.targeted(), 40u);
  EXPECT_EQ(first.rollout().state(), Report::Rollout::RUNNING);
  EXPECT_EQ(first.rollout().released() + first.rollout().held(), 40u);
  const Report last = await_state(message, Report::Rollout::DONE);
  EXPECT_EQ(last.rollout().released(), 40u);
  EXPECT_EQ(last.pending(), 40u) << "no device is connected";
  EXPECT_EQ(last.state(), Report::SENDING);
}

TEST_F(RolloutsTest, AStopLeavesOutWhoHasNotBeenSentIt) {
  const std::string message = send(R"("pacing":{"over":"86400s"})");
  const Report stopped = report(message, "/stop");
  EXPECT_EQ(stopped.state(), Report::STOPPED);
  EXPECT_EQ(stopped.rollout().state(), Report::Rollout::STOPPED);
  EXPECT_EQ(stopped.rollout().stop_reason(), "stopped by a call");
  EXPECT_EQ(stopped.dropped_because().rollout_stopped() + stopped.rollout().released(), 40u);
  EXPECT_EQ(report(message, "/stop").rollout().state(), Report::Rollout::STOPPED) << "once more";
}

TEST_F(RolloutsTest, ACanaryThatNobodyHasHoldsTheRestBack) {
  const std::string message = send(R"("canary":{"percent":10,"watch":"1s"})");
  const auto first = await_state(message, Report::Rollout::CANARY);
  EXPECT_EQ(first.rollout().held() + first.rollout().released(), 40u);
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  const Report later = report(message);
  EXPECT_EQ(later.rollout().state(), Report::Rollout::CANARY);
  EXPECT_EQ(later.rollout().canaries(), 4u);
  EXPECT_EQ(later.rollout().held(), 36u);
}

TEST_F(RolloutsTest, ARestartGoesOnWhereItWas) {
  const std::string message = send(R"("pacing":{"over":"4s"})");
  at_.close();
  at_.open();
  const Report last = await_state(message, Report::Rollout::DONE);
  EXPECT_EQ(last.rollout().released(), 40u);
  EXPECT_EQ(last.rollout().held(), 0u);
}

TEST_F(RolloutsTest, TheCapOfAnAppCounts) {
  call({.method = "PATCH",
        .target = "/v1/apps/demo",
        .body = R"({"settings":{"messagesPerDevicePerDay":1}})"},
       200);
  EXPECT_EQ(report(send(R"("ttl":"60s")")).pending(), 40u);
  const Report second = report(send(R"("ttl":"60s")"));
  EXPECT_EQ(second.dropped_because().frequency_cap(), 40u);
  EXPECT_EQ(second.pending(), 0u);
  EXPECT_EQ(report(send(R"("ttl":"60s","ignoreFrequencyCap":true)")).pending(), 40u);
  EXPECT_EQ(report(send(R"("ttl":"60s","priority":"ALERT")")).pending(), 40u);
}

TEST_F(RolloutsTest, ADryRunKnowsHowLongItTakes) {
  v1::SendResponse estimate;
  const std::string body = call({.method = "POST",
                                 .target = "/v1/apps/demo/messages",
                                 .body = R"({"everyone":true,"data":{"k":"v"},"validateOnly":true,
                                             "pacing":{"perS":2},
                                             "canary":{"percent":5,"watch":"100s"}})"},
                                202);
  ASSERT_TRUE(json::from_json(body, estimate).ok());
  EXPECT_EQ(estimate.estimated_duration().seconds(), 120);
}

}  // namespace
}  // namespace tocsin::dispatcher
