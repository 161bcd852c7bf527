#include "dispatcher/send/send_quota.h"

#include <gtest/gtest.h>

#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {
namespace {

cluster::AppConfig app(uint32_t id, uint32_t sends_per_s, uint32_t burst) {
  cluster::AppConfig config;
  config.id = AppId{id};
  config.settings.sends_per_s = sends_per_s;
  config.settings.send_burst = burst;
  return config;
}

int admitted(SendQuota& quota, const cluster::AppConfig& config, uint64_t now_ms, int tries) {
  int admitted = 0;
  for (int i = 0; i < tries; ++i) admitted += quota.admit(config, now_ms).ok();
  return admitted;
}

TEST(SendQuota, WithoutARateEverythingIsAdmitted) {
  SendQuota quota;
  EXPECT_EQ(admitted(quota, app(1, 0, 0), 0, 1000), 1000);
}

TEST(SendQuota, ABurstAndThenTheRate) {
  SendQuota quota;
  const auto config = app(1, 10, 25);
  EXPECT_EQ(admitted(quota, config, 1'000, 100), 25);
  EXPECT_EQ(admitted(quota, config, 1'099, 100), 0);
  EXPECT_EQ(admitted(quota, config, 1'100, 100), 1);
  EXPECT_EQ(admitted(quota, config, 2'100, 100), 10);
  EXPECT_EQ(admitted(quota, config, 60'000, 100), 25);
}

TEST(SendQuota, AppsDoNotShareAndTheClockMayGoBack) {
  SendQuota quota;
  EXPECT_EQ(admitted(quota, app(1, 5, 0), 1'000, 100), 5);
  EXPECT_EQ(admitted(quota, app(2, 5, 0), 1'000, 100), 5);
  EXPECT_EQ(admitted(quota, app(1, 5, 0), 500, 100), 0);
}

TEST(SendQuota, ARefusalSaysWhichLimitAndWhenToTryAgain) {
  SendQuota quota;
  const auto config = app(1, 1, 1);
  EXPECT_TRUE(quota.admit(config, 0).ok());
  const absl::Status refused = quota.admit(config, 0);
  ASSERT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_NE(std::string(refused.message()).find("sends_per_s"), std::string::npos);
  EXPECT_EQ(error_body(refused).retry_after_s(), 1u);
}

}  // namespace
}  // namespace tocsin::dispatcher
