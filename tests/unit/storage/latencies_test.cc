#include "storage/tables/latencies.h"

#include <numeric>

#include <gtest/gtest.h>

#include "storage/tables/latency_buckets.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders

TEST(LatencyBucketsTest, ATimeIsInTheFirstBucketWhoseBoundItDoesNotExceed) {
  for (const uint64_t ms :
       {0, 1, 2, 3, 4, 5, 6, 11, 12, 22, 23, 1000, 46340, 46341, 1'048'575, 1'048'576}) {
    const size_t bucket = latency_bucket_of(ms);
    EXPECT_LE(static_cast<double>(ms), latency_bound_ms(bucket)) << ms;
    if (bucket > 0) {
      EXPECT_GT(static_cast<double>(ms), latency_bound_ms(bucket - 1)) << ms;
    }
  }
  EXPECT_EQ(latency_bucket_of(latency_ms_max), limits::latency_buckets - 2);
  EXPECT_EQ(latency_bucket_of(latency_ms_max + 1), limits::latency_buckets - 1);
  EXPECT_EQ(latency_bucket_of(UINT64_MAX), limits::latency_buckets - 1);
}

class LatenciesTest : public testing::Test {
 protected:
  LatenciesTest() {
    store_.apply(app_created());
    for (uint32_t i = 1; i <= 3; ++i) store_.apply(registered(device_id(i)));
    store_.apply(to_everyone(message(100)));
    store_.apply(to_devices(message(101), {device_id(1), device_id(2)}));
  }
  static MessageOf message(uint64_t id) {
    return {id, wire::Priority::normal, start_ms, 3'600'000, app};
  }
  DeviceRef ref(uint32_t number) const { return store_.ref(device_id(number)); }
  uint64_t in_bucket(uint64_t id, size_t bucket) const {
    return store_.books(id, start_ms).latency.at(bucket);
  }
  uint64_t in_all(uint64_t id) const {
    const auto latency = store_.books(id, start_ms).latency;
    return std::accumulate(latency.begin(), latency.end(), uint64_t{0});
  }

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(LatenciesTest, TheyAddUpOverTheRecords) {
  EXPECT_EQ(store_.books(100, start_ms).latency.size(), limits::latency_buckets);
  EXPECT_EQ(in_all(100), 0u);
  store_.apply(taking(delivered(100, {ref(1), ref(2)}), 14, 2));
  store_.apply(taking(delivered(100, {ref(3)}), 41, 1));
  EXPECT_EQ(in_bucket(100, 14), 2u);
  EXPECT_EQ(in_bucket(100, 41), 1u);
  EXPECT_EQ(in_all(100), 3u);
  EXPECT_EQ(in_all(101), 0u);
}

TEST_F(LatenciesTest, ARepeatOfASendToDevicesDoesNotCount) {
  store_.apply(taking(delivered(101, {ref(1)}), 10, 1));
  store_.apply(taking(delivered(101, {ref(1)}), 20, 1));
  store_.apply(taking(delivered(101, {ref(3)}), 20, 1));
  EXPECT_EQ(in_bucket(101, 10), 1u);
  EXPECT_EQ(in_bucket(101, 20), 0u) << "a repeat, and a device it was not sent to";
  store_.apply(taking(delivered(101, {ref(2)}), 20, 1));
  EXPECT_EQ(in_all(101), 2u);
}

TEST_F(LatenciesTest, BucketsOfALaterVersionAreTheLongest) {
  store_.apply(taking(delivered(100, {ref(1)}), 1000, 1));
  EXPECT_EQ(in_bucket(100, limits::latency_buckets - 1), 1u);
  store_.apply(taking(delivered(999, {ref(1)}), 1, 1));
  EXPECT_EQ(in_all(100), 1u);
}

}  // namespace
}  // namespace tocsin::storage
