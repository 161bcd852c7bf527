#include "storm/handshake_race.h"

#include <array>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <sched.h>
#include <vector>

#include "harness/client/loopback.h"
#include "harness/client/ticket_handshake.h"
#include "harness/files.h"
#include "harness/proc.h"
#include "harness/try.h"
#include "runtime/tls/dev_certificates.h"
#include "storm/handshake_server.h"

namespace tocsin::bench::storm {
namespace {

// Nothing has happened for this long: the server is stuck.
constexpr uint32_t patience_ms = 10'000;

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

// A handshake that leaves its ticket for the next.
class RaceHandshake final : public TicketHandshake {
 public:
  RaceHandshake(const runtime::TlsContext& tls, bool resume, Bytes& ticket)
      : TicketHandshake(tls, "127.0.0.1", resume ? ByteView(ticket) : ByteView(), true),
        kept_(ticket) {}

  Step feed(ByteView in, Bytes& out) override {
    const Step step = TicketHandshake::feed(in, out);
    if (step == Step::done) kept_.assign(ticket().begin(), ticket().end());
    return step;
  }

 private:
  Bytes& kept_;
};

// One of the two servers that race, and its clients.
class Runner {
 public:
  Runner(HandshakeServer server, runtime::TlsContext tls, uint32_t at_once)
      : server_(std::move(server)), tls_(std::move(tls)), connections_(at_once) {}

  // Microseconds of server CPU per handshake.
  absl::StatusOr<double> run(uint32_t handshakes, bool resume) {
    TOCSIN_TAKE(const uint64_t before, server_.cpu_ns_at_rest());
    TOCSIN_TRY(shake_hands(handshakes, resume));
    TOCSIN_TAKE(const uint64_t after, server_.cpu_ns_at_rest());
    return static_cast<double>(after - before) / 1000 / handshakes;
  }

 private:
  absl::Status shake_hands(uint32_t count, bool resume) {
    if (resume && ticket_.empty()) return absl::UnavailableError("the server gave no ticket");
    uint32_t begun = 0;
    for (; begun < connections_.size() && begun < count; ++begun) TOCSIN_TRY(begin(begun));
    uint32_t ended = 0;
    const auto serve_one = [&](uint32_t index) -> absl::Status {
      TOCSIN_TAKE(const bool has_ended, advance(*connections_[index], resume));
      if (!has_ended) return absl::OkStatus();
      connections_[index].reset();  // or its end would be seen, and counted, again
      ++ended;
      if (begun == count) return absl::OkStatus();
      ++begun;
      return begin(index);
    };
    while (ended < count) {
      TOCSIN_TAKE(const int ready, workspace_.wait(patience_ms, serve_one));
      if (ready == 0) return absl::UnavailableError("a handshake server does not answer");
    }
    return absl::OkStatus();
  }

  absl::Status begin(uint32_t index) {
    connections_[index] = std::make_unique<Connection>();
    return connections_[index]->open(loopback(server_.port()), {index}, workspace_);
  }

  // Whether it has been through its handshake and the server has closed.
  absl::StatusOr<bool> advance(Connection& connection, bool resume) {
    const absl::Status status = connection.on_ready(
        [&] { return std::make_unique<RaceHandshake>(tls_, resume, ticket_); }, workspace_);
    const bool is_through = connection.state() == Connection::State::established;
    if (is_through ? connection.resumed() == resume : status.ok()) return !status.ok();
    return absl::UnavailableError(fmt::format(
        "a {} handshake failed: {}", resume ? "resumed" : "full", std::string(status.message())));
  }

  HandshakeServer server_;
  runtime::TlsContext tls_;
  Workspace workspace_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Bytes ticket_;
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

absl::StatusOr<HandshakeRace> race_handshakes(const RaceOptions& options) {
  TOCSIN_TAKE(const TempDir folder, TempDir::create());
  const std::string tls_folder = folder.path() + "/tls";
  TOCSIN_TAKE(const auto certificates, runtime::load_or_make_dev_certificates(tls_folder));
  const Cores cores = choose_cores();
  TOCSIN_TAKE(HandshakeServer bare_server,
              HandshakeServer::start(ServerKind::bare, tls_folder, cores.server));
  TOCSIN_TAKE(HandshakeServer pool_server,
              HandshakeServer::start(ServerKind::pool, tls_folder, cores.server));
  TOCSIN_TAKE(const auto tls, runtime::TlsContext::client(certificates.ca_pem));
  Runner bare(std::move(bare_server), tls, options.at_once);
  Runner pool(std::move(pool_server), tls, options.at_once);
  const auto run = [&]() -> absl::StatusOr<HandshakeRace> {
    stay_on_cpu(cores.client);
    // Warm up, and get a ticket of each.
    RaceResult unused;
    TOCSIN_TRY(run_round(bare, pool, 0, false, options, unused));
    HandshakeRace race;
    for (uint32_t round = 0; round < options.rounds; ++round) {
      TOCSIN_TRY(run_round(bare, pool, round, false, options, race.full));
      TOCSIN_TRY(run_round(bare, pool, round, true, options, race.resumed));
    }
    return race;
  };
  // In a thread of its own, which takes its bond to a core along when it ends.
  return std::async(std::launch::async, run).get();
}

void tell(const HandshakeRace& race, Findings& findings) {
  Rows rows = {{"", "bare OpenSSL", "handshake pool", "ratio"}};
  for (const auto& [name, result] :
       {std::pair<std::string, const RaceResult&>{"full", race.full}, {"resumed", race.resumed}}) {
    findings.document["handshakes"][name] = result;
    findings.measures[name + "_handshake_us"] = result.pool_us.measure();
    findings.measures[name + "_handshake_ratio"] = result.ratio.measure();
    rows.push_back({name, range_text(result.bare_us, 1), range_text(result.pool_us, 1),
                    range_text(result.ratio, 3)});
  }
  findings.table += "Server CPU per handshake, us: median (min-max)\n" + columns(rows);
}

}  // namespace tocsin::bench::storm
