// One message from a thread to a shard over the bus, until its handler has run.
#include <atomic>

#include <benchmark/benchmark.h>

#include "cluster/in_process_bus.h"
#include "runtime/shard.h"

namespace tocsin::bench::micro {
namespace {

void bus_hop(benchmark::State& state) {
  cluster::InProcessBus bus;
  runtime::Shard shard("bench");
  std::atomic<uint64_t> received{0};
  const cluster::EndpointId endpoint =
      bus.join(cluster::Role::gateway, shard, [&received](cluster::BusMessage) { ++received; });
  shard.start();
  uint64_t sent = 0;
  for (auto _ : state) {
    bus.send(endpoint, cluster::SessionsRevoked{});
    ++sent;
    while (received.load() != sent) {
    }
  }
  shard.stop();
}
BENCHMARK(bus_hop)->UseRealTime();

}  // namespace
}  // namespace tocsin::bench::micro
