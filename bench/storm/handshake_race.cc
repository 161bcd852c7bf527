#include "storm/handshake_race.h"

#include <sched.h>
#include <vector>

#include "drill/one_cpu.h"
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
  return cores.size() < 2 ? Cores{} : Cores{cores[cores.size() - 1], cores[0]};
}

// Stays on its core for the time of the race, and is free again after it.
class Pinned {
 public:
  explicit Pinned(uint32_t cpu) {
    sched_getaffinity(0, sizeof before_, &before_);
    drill::stay_on(cpu);
  }
  ~Pinned() { sched_setaffinity(0, sizeof before_, &before_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_;
};

// One of the two that race.
struct Runner {
  HandshakeServer server;
  HandshakeClient client;

  // Microseconds of server CPU per handshake.
  absl::StatusOr<double> run(uint32_t handshakes, bool resume) {
    const absl::StatusOr<uint64_t> before = server.cpu_ns_at_rest();
    if (!before.ok()) return before.status();
    if (absl::Status status = client.run(handshakes, resume); !status.ok()) return status;
    const absl::StatusOr<uint64_t> after = server.cpu_ns_at_rest();
    if (!after.ok()) return after.status();
    return static_cast<double>(*after - *before) / 1000 / handshakes;
  }
};

struct Samples {
  std::vector<double> bare_us;
  std::vector<double> pool_us;

  RaceResult result() const {
    std::vector<double> ratios;
    for (size_t i = 0; i < bare_us.size(); ++i) ratios.push_back(pool_us[i] / bare_us[i]);
    return {figures::spread_of(bare_us), figures::spread_of(pool_us), figures::spread_of(ratios)};
  }
};

absl::Status run_round(Runner& bare, Runner& pool, uint32_t round, bool resume,
                       const RaceOptions& options, Samples& samples) {
  const bool bare_first = round % 2 == 0;
  for (const bool is_bare : {bare_first, !bare_first}) {
    const absl::StatusOr<double> us = (is_bare ? bare : pool).run(options.handshakes, resume);
    if (!us.ok()) return us.status();
    (is_bare ? samples.bare_us : samples.pool_us).push_back(*us);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HandshakeRace> race_handshakes(const runtime::TlsIdentity& identity,
                                              const RaceOptions& options) {
  const Cores cores = choose_cores();
  absl::StatusOr<HandshakeServer> bare =
      HandshakeServer::start(ServerKind::bare, identity, cores.server);
  if (!bare.ok()) return bare.status();
  absl::StatusOr<HandshakeServer> pool =
      HandshakeServer::start(ServerKind::pool, identity, cores.server);
  if (!pool.ok()) return pool.status();
  const Pinned pinned(cores.client);
  const uint16_t bare_port = bare->port();
  const uint16_t pool_port = pool->port();
  Runner bare_runner{*std::move(bare), HandshakeClient(bare_port, options.at_once)};
  Runner pool_runner{*std::move(pool), HandshakeClient(pool_port, options.at_once)};
  // Warm up, and get a ticket of each.
  Samples unused;
  if (absl::Status status = run_round(bare_runner, pool_runner, 0, false, options, unused);
      !status.ok()) {
    return status;
  }
  Samples full;
  Samples resumed;
  for (uint32_t round = 0; round < options.rounds; ++round) {
    for (const bool resume : {false, true}) {
      absl::Status status =
          run_round(bare_runner, pool_runner, round, resume, options, resume ? resumed : full);
      if (!status.ok()) return status;
    }
  }
  return HandshakeRace{full.result(), resumed.result()};
}

}  // namespace tocsin::storm
