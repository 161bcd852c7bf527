#include "harness/memory_probe.h"

#include <gtest/gtest.h>

namespace tocsin::bench {
namespace {

constexpr uint64_t mib = 1024 * 1024;

TEST(SettleTest, WaitsUntilMemoryStandsStill) {
  int looks = 0;
  const auto settled =
      settle([&looks]() -> uint64_t { return ++looks < 5 ? looks * mib : 5 * mib; }, {1, 60},
             [](uint32_t) { return absl::OkStatus(); });
  ASSERT_TRUE(settled.ok());
  EXPECT_TRUE(settled->is_settled);
  EXPECT_EQ(settled->value, 5 * mib);
  EXPECT_GE(looks, 5);
}

TEST(SettleTest, GivesUpWaitingWhenToldOrWhenPatienceEnds) {
  const auto told = settle([] { return mib; }, {60'000, 60},
                           [](uint32_t) { return absl::CancelledError("interrupted"); });
  EXPECT_EQ(told.status().code(), absl::StatusCode::kCancelled);
  const auto impatient =
      settle([] { return mib; }, {60'000, 0}, [](uint32_t) { return absl::OkStatus(); });
  ASSERT_TRUE(impatient.ok());
  EXPECT_FALSE(impatient->is_settled);
  EXPECT_EQ(impatient->value, mib);
}

TEST(SettleTest, ThereIsNothingToWaitForWhereNothingCanBeRead) {
  const auto unknown =
      settle([] { return std::nullopt; }, {60'000, 60}, [](uint32_t) { return absl::OkStatus(); });
  ASSERT_TRUE(unknown.ok());
  EXPECT_FALSE(unknown->value.has_value());
}

TEST(MemoryGrowthTest, IsPerConnectionAndAbsentWhereALookIs) {
  MemoryLook before;
  before.server_rss_bytes = 1000;
  before.slab_bytes = 500;
  before.available_bytes = 10'000;
  before.kernel = KernelMemory{100, "/proc/slabinfo"};
  MemoryLook after = before;
  after.server_rss_bytes = 3000;
  after.slab_bytes.reset();
  after.available_bytes = 6'000;
  after.kernel->bytes = 900;
  MemoryReport growth = memory_growth(before, after, 10);
  EXPECT_EQ(growth.user_bytes_per_connection, 200);
  EXPECT_EQ(growth.slab_bytes_per_connection, std::nullopt);
  EXPECT_EQ(growth.machine_bytes_per_connection, 400);
  EXPECT_EQ(growth.kernel_bytes_per_connection, 80);
  EXPECT_EQ(growth.kernel_source, "/proc/slabinfo");
  after.kernel->source = "/proc/meminfo";
  growth = memory_growth(before, after, 10);
  EXPECT_EQ(growth.kernel_bytes_per_connection, std::nullopt);
  EXPECT_EQ(memory_growth(before, after, 0).user_bytes_per_connection, std::nullopt);
}

}  // namespace
}  // namespace tocsin::bench
