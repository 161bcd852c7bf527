#include "storage/replay_rate.h"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/log_records.h"

namespace tocsin::storage_bench {
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

struct Round {
  double per_s_per_core = 0;
  double per_s = 0;
};

absl::StatusOr<Round> run_round(Installation& installation, Gateway& gateway, const Fleet& fleet,
                                uint64_t first, uint64_t count) {
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
  const auto devices = static_cast<double>(count);
  return Round{devices / (cpu_ns / 1e9), devices / (wall_ns / 1e9)};
}

}  // namespace

absl::StatusOr<ReplayResult> measure_replay(Installation& installation, const Fleet& fleet,
                                            const ReplayOptions& options) {
  Gateway gateway(installation);
  const MessageId cast = MessageIdSource(1).next(wall_ms());
  auto status = installation.append(cast_to_everyone({cast, wall_ms()}));
  if (!status.ok()) return status;
  const uint64_t count = std::min<uint64_t>(options.devices, fleet.devices());
  std::vector<double> per_s_per_core;
  std::vector<double> per_s;
  for (uint32_t i = 0; i < options.rounds; ++i) {
    const auto round = run_round(installation, gateway, fleet, i * count, count);
    if (!round.ok()) return round.status();
    per_s_per_core.push_back(round->per_s_per_core);
    per_s.push_back(round->per_s);
  }
  return ReplayResult{count, figures::spread_of(std::move(per_s_per_core)),
                      figures::spread_of(std::move(per_s))};
}

}  // namespace tocsin::storage_bench
