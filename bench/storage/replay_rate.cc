#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "harness/figures.h"
#include "harness/try.h"
#include "storage/parts.h"

namespace tocsin::bench::storage_bench {
namespace {

// Sessions that a gateway partition opens in one round of input.
constexpr uint32_t sessions_per_message = 64;
// Devices of a round are so far apart in the order of registration; a prime.
constexpr uint64_t stride = 1'000'003;

// What a gateway was told. Written on the peer partition.
struct Told {
  cluster::SessionsClosed granted;  // to be closed again
  uint64_t right = 0;               // grants with exactly the cast
};

class Gateway {
 public:
  explicit Gateway(Installation& installation)
      : installation_(installation),
        id_(installation.bus().join(
            cluster::Role::gateway, installation.peer(),
            [told = told_](const cluster::BusMessage& message) { note(message, *told); })) {}

  // Open sessions of `count` devices from number `first` on, `stride` apart.
  void open(const Fleet& fleet, uint64_t first, uint64_t count) {
    for (uint64_t at = 0; at < count; at += sessions_per_message) {
      cluster::SessionsOpened batch;
      const uint64_t end = std::min<uint64_t>(at + sessions_per_message, count);
      for (uint64_t i = at; i < end; ++i) {
        const uint64_t number = (first + i) % fleet.devices() * stride % fleet.devices();
        const cluster::SessionRef session{id_, static_cast<uint32_t>(i), ++generation_};
        batch.push_back({session, bench_app, fleet.id_of(number)});
      }
      send(std::move(batch));
    }
  }

  // What it was told since the last time, of all that storage has done.
  Told take() {
    installation_.counts();
    Told taken;
    installation_.peer().run_and_wait([&] { taken = std::exchange(*told_, {}); });
    return taken;
  }

  void send(cluster::BusMessage message) {
    installation_.bus().send(installation_.storage().endpoint(), std::move(message));
  }

 private:
  static void note(const cluster::BusMessage& message, Told& told) {
    const auto* grants = std::get_if<cluster::SessionsGranted>(&message);
    if (grants == nullptr) return;
    for (const cluster::SessionGrant& grant : *grants) {
      told.granted.push_back({grant.replay.session, grant.device});
      told.right += grant.replay.envelopes.size() == 1 && !grant.replay.more;
    }
  }

  Installation& installation_;
  // Shared, because the bus keeps the handler as long as it lives.
  std::shared_ptr<Told> told_ = std::make_shared<Told>();
  cluster::EndpointId id_;
  uint32_t generation_ = 0;
};

struct Rates {
  Series per_s_per_core;  // granted, by CPU time of storage's thread
  Series per_s;           // by the wall clock
};

absl::Status run_round(Installation& installation, Gateway& gateway, const Fleet& fleet,
                       uint64_t first, uint64_t count, Rates& rates) {
  const uint64_t start_cpu_ns = installation.storage_cpu_ns();
  const uint64_t start_ns = monotonic_ns();
  gateway.open(fleet, first, count);
  const auto cpu_ns = static_cast<double>(installation.storage_cpu_ns() - start_cpu_ns);
  const auto wall_ns = static_cast<double>(monotonic_ns() - start_ns);
  Told told = gateway.take();
  if (told.granted.size() != count || told.right != count) {
    return absl::InternalError(fmt::format("of {} devices {} were granted a session, {} the cast",
                                           count, told.granted.size(), told.right));
  }
  gateway.send(std::move(told.granted));
  installation.counts();
  rates.per_s_per_core.add(static_cast<double>(count) / (cpu_ns / 1e9));
  rates.per_s.add(static_cast<double>(count) / (wall_ns / 1e9));
  return absl::OkStatus();
}

}  // namespace

absl::Status measure_replay(Installation& installation, const Fleet& fleet, const Options& options,
                            Findings& findings) {
  Gateway gateway(installation);
  const MessageId cast = MessageIdSource(1).next(wall_ms());
  TOCSIN_TRY(installation.append(cast_to_everyone({cast, wall_ms()})));
  const uint64_t count = std::min<uint64_t>(options.replay_devices, fleet.devices());
  Rates rates;
  for (uint32_t i = 0; i < options.replays; ++i) {
    TOCSIN_TRY(run_round(installation, gateway, fleet, i * count, count, rates));
  }
  findings.document["replay"] = {
      {"devices", count}, {"per_s_per_core", rates.per_s_per_core}, {"per_s", rates.per_s}};
  findings.measures["replay_devices_per_s_per_core"] = rates.per_s_per_core.median();
  findings.table += range_line("reconnects per s and core", rates.per_s_per_core, 0,
                               fmt::format(", {} devices a round", count)) +
                    range_line("by the clock", rates.per_s, 0);
  return absl::OkStatus();
}

}  // namespace tocsin::bench::storage_bench
