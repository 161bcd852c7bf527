#include "drill/coordinator/resource_sampler.h"

#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace tocsin::drill {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;

TEST(TimelineLogTest, CpuIsTheShareOfACoreSinceTheLookBefore) {
  TimelineLog log(10 * second_ns);
  log.mark(10 * second_ns, "rest");
  log.mark(12 * second_ns, "connect");
  log.add({10 * second_ns, 100, 10, 0, 0});
  log.add({12 * second_ns, 200, 20, 3 * second_ns, second_ns / 2});
  log.add({13 * second_ns, 300, 30, 0, second_ns});  // a server ended and took its time along
  const Timeline timeline = log.timeline();
  ASSERT_EQ(timeline.samples.size(), 2u);
  EXPECT_DOUBLE_EQ(timeline.samples[0].at_s, 2);
  EXPECT_DOUBLE_EQ(timeline.samples[0].servers_cpu_percent, 150);
  EXPECT_DOUBLE_EQ(timeline.samples[0].workers_cpu_percent, 25);
  EXPECT_DOUBLE_EQ(timeline.samples[1].servers_rss_bytes, 300);
  EXPECT_DOUBLE_EQ(timeline.samples[1].servers_cpu_percent, 0);
  EXPECT_DOUBLE_EQ(timeline.samples[1].workers_cpu_percent, 50);
  ASSERT_EQ(timeline.marks.size(), 2u);
  EXPECT_EQ(timeline.marks[1].name, "connect");
  EXPECT_DOUBLE_EQ(timeline.marks[1].at_s, 2);
}

TEST(TimelineLogTest, ALongDrillIsThinnedOutEvenly) {
  TimelineLog log(0);
  const uint64_t looks = 5 * TimelineLog::samples_max;
  uint64_t at_ns = 0;
  for (uint64_t i = 0; i < looks; ++i) {
    log.add({at_ns, 1, 1, at_ns, at_ns});
    at_ns += log.stride() * second_ns;
  }
  const Timeline timeline = log.timeline();
  EXPECT_LT(timeline.samples.size(), TimelineLog::samples_max);
  EXPECT_GE(timeline.samples.size(), TimelineLog::samples_max / 2 - 1);
  EXPECT_GE(log.stride(), 4u);
  for (const TimelineSample& sample : timeline.samples) {
    EXPECT_NEAR(sample.servers_cpu_percent, 100, 1e-6);
  }
}

TEST(TimelineLogTest, MarksAreBounded) {
  TimelineLog log(0);
  for (size_t i = 0; i < 2 * TimelineLog::marks_max; ++i) log.mark(i, "again");
  EXPECT_EQ(log.timeline().marks.size(), TimelineLog::marks_max);
}

TEST(ResourceSamplerTest, SeesARealProcess) {
  ResourceSampler sampler({{getpid()}, {}});
  sampler.mark("now");
  // Two looks make a sample; a third is certain soon after the second.
  const uint64_t until_ms = monotonic_ms() + 4 * ResourceSampler::sample_ms;
  while (monotonic_ms() < until_ms) poll(nullptr, 0, 10);
  const Timeline timeline = sampler.finish();
  ASSERT_FALSE(timeline.samples.empty());
  EXPECT_GT(timeline.samples[0].servers_rss_bytes, 1024 * 1024);
  EXPECT_EQ(timeline.samples[0].workers_rss_bytes, 0);
  ASSERT_EQ(timeline.marks.size(), 1u);
  EXPECT_EQ(timeline.marks[0].name, "now");
}

}  // namespace
}  // namespace tocsin::drill
