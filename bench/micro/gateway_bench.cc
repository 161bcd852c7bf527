// The gateway's tables: slots, audiences, heartbeats, lanes.
#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "base/timer_wheel.h"
#include "gateway/audience_index.h"
#include "gateway/connection_table.h"
#include "gateway/lanes.h"
#include "micro/random_order.h"

namespace tocsin::bench::micro {
namespace {

constexpr uint32_t connections = 18'000;
constexpr uint32_t audience = 100'000;
constexpr uint32_t tags = 10;

void slot_lookup(benchmark::State& state) {
  gateway::ConnectionTable table(connections);
  // No socket is behind the numbers: the table closes none.
  for (uint32_t i = 0; i < connections; ++i) table.take(static_cast<int>(i));
  const std::vector<uint32_t> order = random_order(connections);
  size_t turn = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.find(order[turn++ % connections], 0));
  }
}
BENCHMARK(slot_lookup);

// `audience` connections of one app, each with one of `tags` tags.
class Audience {
 public:
  Audience() : table_(audience) {
    for (uint32_t i = 0; i < audience; ++i) {
      const uint32_t index = table_.take(static_cast<int>(i));
      table_[index].app = AppId{1};
      index_.add(index, table_[index], {"tag-" + std::to_string(i % tags)});
    }
  }
  const gateway::AudienceIndex& index() const { return index_; }

 private:
  gateway::ConnectionTable table_;
  gateway::AudienceIndex index_;
};

void audience_everyone_100k(benchmark::State& state) {
  const Audience all;
  for (auto _ : state) benchmark::DoNotOptimize(all.index().everyone(AppId{1}));
}
BENCHMARK(audience_everyone_100k);

void audience_tag_100k(benchmark::State& state) {
  const Audience all;
  for (auto _ : state) benchmark::DoNotOptimize(all.index().with_tag(AppId{1}, "tag-3"));
}
BENCHMARK(audience_tag_100k);

// All 100,000, in the chunks that the fan-out takes.
void audience_pass_100k(benchmark::State& state) {
  const Audience all;
  const sets::OrdinalSet everyone = all.index().everyone(AppId{1});
  std::array<uint32_t, limits::fan_out_chunk> slots;
  for (auto _ : state) {
    uint64_t seen = 0;
    uint32_t from = 0;
    while (const size_t count = everyone.read_from(from, slots.data(), slots.size())) {
      seen += count;
      from = slots[count - 1] + 1;
    }
    TOCSIN_CHECK(seen == audience);
  }
}
BENCHMARK(audience_pass_100k);

// A second of the heartbeat wheel: those due are armed again, as sessions do.
void wheel_tick_18k(benchmark::State& state) {
  constexpr uint32_t silence_s = limits::heartbeat_s_default * 3 / 2;
  TimerWheel wheel(4096);
  std::vector<TimerWheel::Link> links(connections);
  const auto link_of = [&links](uint32_t i) -> TimerWheel::Link& { return links[i]; };
  for (const uint32_t index : random_order(connections)) {
    wheel.arm(index, 1 + index % silence_s, link_of);
  }
  for (auto _ : state) {
    wheel.tick(link_of, [&](uint32_t index) { wheel.arm(index, silence_s, link_of); });
  }
}
BENCHMARK(wheel_tick_18k);

cluster::SharedEnvelope make_envelope() {
  auto envelope = std::make_shared<cluster::Envelope>();
  envelope->message = MessageId{1};
  envelope->priority = wire::Priority::alert;
  envelope->accepted_at_ms = 1;
  envelope->expires_at_ms = 60'000;
  return envelope;
}

void lanes_direct(benchmark::State& state) {
  gateway::Lanes lanes;
  gateway::Lanes::Run run;
  const cluster::SharedEnvelope envelope = make_envelope();
  for (auto _ : state) {
    lanes.push_direct(7, 1, envelope);
    TOCSIN_CHECK(lanes.take(limits::fan_out_chunk, run));
  }
}
BENCHMARK(lanes_direct);

void lanes_cast_18k(benchmark::State& state) {
  gateway::Lanes lanes;
  gateway::Lanes::Run run;
  const cluster::SharedEnvelope envelope = make_envelope();
  sets::OrdinalSet everyone;
  everyone.add_below(connections);
  for (auto _ : state) {
    lanes.push_cast(envelope, everyone, 0);
    size_t taken = 0;
    while (lanes.take(limits::fan_out_chunk, run)) taken += run.count;
    TOCSIN_CHECK(taken == connections && lanes.take_sent().size() == 1);
  }
}
BENCHMARK(lanes_cast_18k);

}  // namespace
}  // namespace tocsin::bench::micro
