#include "siege/defence/siege.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "drill/coordinator/worker_pool.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/server.h"
#include "harness/try.h"
#include "siege/attack/attacker.h"
#include "siege/defence/witness.h"

namespace tocsin::bench::siege {
namespace {

constexpr char app_name[] = "siege";
constexpr uint32_t warm_up_alerts = 2;
constexpr uint64_t connect_timeout_ms = 60'000;
constexpr uint64_t arrival_timeout_ms = 10'000;
constexpr uint32_t rest_ms = 1'000;  // between the last that is done and the look at memory
constexpr uint32_t look_ms = 50;
constexpr int sample_ms = 10;
// Memory is back when it has grown by no more: a heap keeps some.
constexpr double settled_mib = 4;

double resident_mib(int pid) { return mebibytes(resident_bytes_now(pid)); }

class Siege {
 public:
  Siege(const Options& options, const Attack& attack, uint32_t connections, const StopSignal& stop)
      : options_(options), attack_(attack), connections_(connections), stop_(stop) {}

  absl::StatusOr<SiegeResult> run() {
    result_.attack = attack_.name;
    result_.connections = connections_;
    result_.alerts_due = options_.seconds;
    TOCSIN_TAKE(
        ServerUnderTest server,
        ServerUnderTest::spawn({options_.server, options_.server_arguments}, app_name, stop_));
    TOCSIN_TAKE(const drill::ArrivalBook book,
                drill::ArrivalBook::create(options_.devices, warm_up_alerts + options_.seconds));
    TOCSIN_TRY(endure(server, book));
    return result_;
  }

 private:
  absl::Status endure(ServerUnderTest& server, const drill::ArrivalBook& book) {
    drill::Plan plan = drill::plan_for(server, options_.devices, app_name);
    plan.handshakes = std::min(options_.devices, 64u);
    plan.rounds = warm_up_alerts;
    TOCSIN_TAKE(drill::WorkerPool devices, drill::WorkerPool::start({plan}, book));
    TOCSIN_TRY(connect_devices(server, devices));
    TOCSIN_TAKE(AlertWitness alerts, AlertWitness::create(server, book, app_name));
    for (uint32_t i = 0; i < warm_up_alerts; ++i) alerts.send(0);
    CallerWitness(server).call();
    CallerWitness callers(server);
    TOCSIN_TAKE(const Prey prey, prey_of(server));
    TOCSIN_TAKE(Attackers attackers, Attackers::start(attack_, prey, connections_));
    TOCSIN_TRY(stop_.sleep_ms(rest_ms));
    result_.rss_before_mib = resident_mib(server.pid);
    const uint64_t cpu_before_ns = cpu_ns_of(server.pid).value_or(0);
    const uint64_t start_ns = monotonic_ns();
    // From here on there are threads, and no process may be made.
    ResidentWatch watch(server.pid, sample_ms);
    attackers.begin();
    Witness alert_witness(options_.seconds, [&](uint64_t due_ns) { alerts.send(due_ns); });
    Witness call_witness(options_.seconds, [&](uint64_t) { callers.call(); });
    const absl::Status held = hold(server, uint64_t{options_.seconds} * 1'000);
    const uint64_t cpu_ns = cpu_ns_of(server.pid).value_or(cpu_before_ns) - cpu_before_ns;
    result_.server_cpu_percent =
        100 * static_cast<double>(cpu_ns) / static_cast<double>(monotonic_ns() - start_ns);
    attackers.end();
    alert_witness.end();
    call_witness.end();
    watch.end();
    result_.rss_peak_mib = std::max(result_.rss_before_mib, mebibytes(watch.peak()));
    TOCSIN_TRY(held);
    TOCSIN_TRY(stop_
                   .wait_until([&] { return alerts.has_all_arrived(); },
                               monotonic_ms() + arrival_timeout_ms, look_ms)
                   .status());
    note(attackers.board());
    note(alerts.tally(warm_up_alerts));
    note(callers.tally());
    TOCSIN_TRY(settle(server));
    const auto counter = [&server](const char* name) {  // absent when it cannot be asked
      const auto sum = server.api.counter(server.admin_key, name, "");
      return sum.ok() ? std::optional(*sum) : std::nullopt;
    };
    result_.server_shed = counter("tocsin_api_connections_shed_total");
    result_.server_refused = counter("tocsin_api_connections_refused_total");
    if (const absl::Status ended = server.check(); !ended.ok()) {
      result_.server_end = std::string(ended.message());
    }
    return absl::OkStatus();
  }

  absl::Status connect_devices(ServerUnderTest& server, drill::WorkerPool& devices) const {
    devices.begin(0);
    TOCSIN_TAKE(const bool are_in,
                devices.wait([&] { return devices.totals().live == options_.devices; },
                             monotonic_ms() + connect_timeout_ms, stop_,
                             [&server] { return server.check(); }));
    if (are_in) return absl::OkStatus();
    return absl::DeadlineExceededError(fmt::format("{} of {} devices are connected; {}",
                                                   devices.totals().live, options_.devices,
                                                   devices.totals().last_failure));
  }

  absl::StatusOr<Prey> prey_of(ServerUnderTest& server) const {
    // To nobody's books but its own: of another title than the alerts.
    TOCSIN_TAKE(const SentAlert sent, server.api.send(server.keys, {"watched", "", "low"}));
    return Prey{server.process->ready().api_port, server.keys.app, server.keys.send_key,
                sent.message_id};
  }

  // As long as the attack goes on, or the server.
  absl::Status hold(ServerUnderTest& server, uint64_t ms) {
    const uint64_t deadline_ms = monotonic_ms() + ms;
    while (monotonic_ms() < deadline_ms && server.check().ok()) TOCSIN_TRY(stop_.sleep_ms(look_ms));
    return absl::OkStatus();
  }

  absl::Status settle(const ServerUnderTest& server) {
    const uint64_t start_ms = monotonic_ms();
    const auto is_back = [&] {
      result_.rss_after_mib = resident_mib(server.pid);
      return result_.growth_after_mib() <= settled_mib;
    };
    TOCSIN_TRY(stop_.wait_until(is_back, start_ms + uint64_t{options_.settle_s} * 1'000, look_ms)
                   .status());
    result_.settled_s = static_cast<double>(monotonic_ms() - start_ms) / 1'000;
    return absl::OkStatus();
  }

  void note(const AttackBoard& board) {
    result_.opened = board.opened;
    result_.unopened = board.unopened;
    result_.cut = board.cut;
    result_.answers = board.answers;
    result_.resets = board.resets;
    result_.sent_mib = mebibytes(board.sent_bytes);
    for (uint32_t code = 0; code < AttackBoard::goaway_codes; ++code) {
      const uint64_t times = board.goaways[code];
      if (times == 0) continue;
      result_.goaways += fmt::format("{}{} x {}", result_.goaways.empty() ? "" : ", ", code, times);
    }
  }

  void note(const AlertWitness::Tally& alerts) {
    result_.alerts_accepted = alerts.accepted;
    result_.alerts_arrived = alerts.arrived;
    result_.alert_failure = alerts.failure;
    if (alerts.last_ms.empty()) return;
    result_.alert_p50_ms = alerts.last_ms.percentile(50);
    result_.alert_p100_ms = alerts.last_ms.percentile(100);
  }

  void note(const CallerWitness::Tally& callers) {
    result_.callers_served = callers.served;
    result_.callers_failed = callers.failed;
    result_.caller_p100_ms = callers.served_ms.max();
    result_.caller_failure = callers.failure;
  }

  const Options& options_;
  const Attack& attack_;
  const uint32_t connections_;
  const StopSignal& stop_;
  SiegeResult result_;
};

}  // namespace

absl::StatusOr<SiegeResult> besiege(const Options& options, const Attack& attack,
                                    uint32_t connections, const StopSignal& stop) {
  return Siege(options, attack, connections, stop).run();
}

}  // namespace tocsin::bench::siege
