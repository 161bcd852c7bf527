#include "storm/handshake_race.h"

#include <array>
#include <sched.h>
#include <vector>

#include "harness/proc.h"
#include "harness/try.h"
#include "storm/handshake_client.h"
#include "storm/handshake_server.h"

namespace tocsin::storm {
namespace {

// Two of the cores this process may use; UINT32_MAX when there is only one.
struct Cores {
  uint32_t server = UINT32_MAX;
  uint32_t client = UINT32_MAX;
};

Cores choose_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<uint32_t> cores;
  for (uint32_t i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &allowed)) cores.push_back(i);
  }
  return cores.size() < 2 ? Cores{} : Cores{cores.back(), cores.front()};
}

// Stays on its core for the time of the race, and is free again after it.
class Pinned {
 public:
  explicit Pinned(uint32_t cpu) {
    sched_getaffinity(0, sizeof before_, &before_);
    harness::stay_on_cpu(cpu);
  }
  ~Pinned() { sched_setaffinity(0, sizeof before_, &before_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_;
};

// One of the two that race.
class Runner {
 public:
  Runner(HandshakeServer server, uint32_t at_once)
      : server_(std::move(server)), client_(server_.port(), at_once) {}

  // Microseconds of server CPU per handshake.
  absl::StatusOr<double> run(uint32_t handshakes, bool resume) {
    TOCSIN_TAKE(const uint64_t before, server_.cpu_ns_at_rest());
    TOCSIN_TRY(client_.run(handshakes, resume));
    TOCSIN_TAKE(const uint64_t after, server_.cpu_ns_at_rest());
    return static_cast<double>(after - before) / 1000 / handshakes;
  }

 private:
  HandshakeServer server_;
  HandshakeClient client_;
};

absl::Status run_round(Runner& bare, Runner& pool, uint32_t round, bool resume,
                       const RaceOptions& options, RaceResult& result) {
  std::array<double, 2> us{};
  const bool pool_first = round % 2 == 1;
  for (const bool is_pool : {pool_first, !pool_first}) {
    TOCSIN_TAKE(us[is_pool ? 1 : 0], (is_pool ? pool : bare).run(options.handshakes, resume));
  }
  result.bare_us.add(us[0]);
  result.pool_us.add(us[1]);
  result.ratio.add(us[1] / us[0]);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HandshakeRace> race_handshakes(const runtime::TlsIdentity& identity,
                                              const RaceOptions& options) {
  const Cores cores = choose_cores();
  TOCSIN_TAKE(HandshakeServer bare_server,
              HandshakeServer::start(ServerKind::bare, identity, cores.server));
  TOCSIN_TAKE(HandshakeServer pool_server,
              HandshakeServer::start(ServerKind::pool, identity, cores.server));
  const Pinned pinned(cores.client);
  Runner bare(std::move(bare_server), options.at_once);
  Runner pool(std::move(pool_server), options.at_once);
  // Warm up, and get a ticket of each.
  RaceResult unused;
  TOCSIN_TRY(run_round(bare, pool, 0, false, options, unused));
  HandshakeRace race;
  for (uint32_t round = 0; round < options.rounds; ++round) {
    TOCSIN_TRY(run_round(bare, pool, round, false, options, race.full));
    TOCSIN_TRY(run_round(bare, pool, round, true, options, race.resumed));
  }
  return race;
}

}  // namespace tocsin::storm
