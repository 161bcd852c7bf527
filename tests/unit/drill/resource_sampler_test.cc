#include "drill/coordinator/resource_sampler.h"

#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace tocsin::bench::drill {
namespace {

TEST(TimelineTest, ALongDrillIsThinnedOutEvenly) {
  Timeline timeline;
  double at_s = 0;
  for (size_t i = 0; i < 5 * Timeline::samples_max; ++i) {
    timeline.add({at_s, 1, 1, at_s, at_s});
    at_s += timeline.stride;
  }
  EXPECT_LE(timeline.samples.size(), Timeline::samples_max);
  EXPECT_GE(timeline.samples.size(), Timeline::samples_max / 2);
  EXPECT_GE(timeline.stride, 4u);
  for (size_t i = 1; i < timeline.samples.size(); ++i) {
    EXPECT_EQ(timeline.samples[i][0] - timeline.samples[i - 1][0], timeline.stride);
  }
}

TEST(TimelineTest, MarksAreBounded) {
  Timeline timeline;
  for (size_t i = 0; i < 2 * Timeline::marks_max; ++i) timeline.mark(1, "again");
  EXPECT_EQ(timeline.marks.size(), Timeline::marks_max);
}

TEST(ResourceSamplerTest, SeesARealProcess) {
  ResourceSampler sampler({{getpid()}, {}});
  sampler.mark("now");
  const uint64_t until_ms = monotonic_ms() + 4 * ResourceSampler::sample_ms;
  while (monotonic_ms() < until_ms) poll(nullptr, 0, 10);
  const Timeline timeline = sampler.finish();
  ASSERT_GE(timeline.samples.size(), 2u);
  const auto& [at_s, servers_bytes, workers_bytes, servers_cpu_s, workers_cpu_s] =
      timeline.samples[1];
  EXPECT_GT(at_s, 0);
  EXPECT_GT(servers_bytes, 1024 * 1024);
  EXPECT_EQ(workers_bytes, 0);
  EXPECT_GE(servers_cpu_s, timeline.samples[0][3]);
  EXPECT_EQ(workers_cpu_s, 0);
  ASSERT_EQ(timeline.marks.size(), 1u);
  EXPECT_EQ(timeline.marks[0].second, "now");
}

}  // namespace
}  // namespace tocsin::bench::drill
