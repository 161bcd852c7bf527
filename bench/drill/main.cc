// tocsin-drill: connect a fleet, alert it, and find out the truth. options.cc says what it can be
// asked and bench/README.md what it answers.
//
//   plan -> servers -> workers -> memory before -> connect all -> memory after -> rounds -> report
//
// Every step has a deadline from the options. When there is nothing to report (the machine does not
// allow it, the server or a worker ended, a signal came), whatever was started has ended and the
// server's directory is gone before that is said.
#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "drill/coordinator/fleet_plan.h"
#include "drill/coordinator/resource_sampler.h"
#include "drill/coordinator/rounds.h"
#include "drill/coordinator/server_fleet.h"
#include "drill/coordinator/worker_pool.h"
#include "drill/fleet/arrivals.h"
#include "drill/options.h"
#include "drill/report.h"
#include "harness/bench.h"
#include "harness/figures.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/progress.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

// Looking at a process walks its page tables: with many, look less often.
constexpr size_t look_ms_per_server = 20;

class Drill {
 public:
  Drill(const Options& options, const StopSignal& stop, ServerFleet servers, ArrivalBook book)
      : options_(options), stop_(stop), servers_(std::move(servers)), book_(std::move(book)) {}

  absl::StatusOr<Report> run(const std::vector<Share>& worker_shares) {
    fill_setting(static_cast<uint32_t>(worker_shares.size()));
    const std::vector<Plan> plans = make_plans(worker_shares);
    TOCSIN_TAKE(WorkerPool workers, WorkerPool::start(plans, book_));
    ResourceSampler sampler({servers_.pids(), workers.pids()});
    sampler.mark("at rest");
    fmt::print(stderr, "waiting for the server to be at rest\n");
    TOCSIN_TAKE(const MemoryLook before, look_at_memory(Patience().still_ms, workers.pids()));
    sampler.mark("connect");
    TOCSIN_TAKE(report_.connect, connect_all(workers));
    sampler.mark("settle");
    fmt::print(stderr, "waiting for the server's memory to settle\n");
    TOCSIN_TAKE(const MemoryLook after,
                look_at_memory(uint64_t{options_.settle_still_s} * 1000, workers.pids()));
    report_.memory = memory_growth(before, after, report_.connect.connected);
    TOCSIN_TRY(run_rounds({options_, stop_, book_, servers_, workers, sampler}, plans.front().mark,
                          report_));
    report_.connect.reconnects = workers.totals().reconnects;
    report_.timeline = sampler.finish();
    return report_;
  }

 private:
  std::vector<Plan> make_plans(const std::vector<Share>& shares) const {
    Plan plan;
    plan.rounds = static_cast<uint32_t>(book_.rounds());
    plan.handshakes =
        handshakes_per_worker(options_, report_.setting.workers_at_once, report_.setting.servers);
    plan.heartbeat_s = options_.heartbeat_s;
    plan.stuck_percent = options_.stuck_percent;
    plan.resume_percent = options_.resume_percent;
    plan.spread_sources = servers_.is_loopback();
    plan.seed = random_seed();
    plan.app = servers_.app();
    plan.mark = fmt::format("drill-{:08x}", static_cast<uint32_t>(plan.seed));
    std::vector<Plan> plans;
    for (const Share& share : shares) {
      plan.share = share;
      plan.gateways = servers_.gateways_for(share);
      plans.push_back(plan);
    }
    return plans;
  }

  absl::StatusOr<MemoryLook> look_at_memory(uint64_t still_ms,
                                            const std::vector<int>& workers) const {
    const std::vector<int> servers = servers_.pids();
    Patience patience{still_ms, options_.settle_timeout_s};
    patience.still_by *= servers.size();
    patience.look_ms = static_cast<uint32_t>(
        std::max<size_t>(patience.look_ms, servers.size() * look_ms_per_server));
    return bench::look_at_memory([&] { return resident_bytes_of(servers); }, workers, patience,
                                 stop_.pass_time());
  }

  absl::StatusOr<ConnectReport> connect_all(WorkerPool& workers) {
    const uint64_t start_ms = monotonic_ms();
    const WorkerStatus& totals = workers.totals();
    {
      Progress progress("connected", options_.devices);
      workers.begin(report_.setting.workers_at_once);
      TOCSIN_TRY(workers
                     .wait([&] { return totals.live + totals.given_up >= options_.devices; },
                           start_ms + uint64_t{connect_timeout_s_of(options_)} * 1000, stop_,
                           [&] {
                             progress.show(totals.live);
                             return servers_.check();
                           })
                     .status());
    }
    if (totals.live == 0) {
      return absl::UnavailableError(
          fmt::format("no device could connect; the last failure: {}", totals.last_failure));
    }
    ConnectReport connect;
    connect.connected = totals.live;
    connect.failures = totals.failures;
    connect.seconds = static_cast<double>(monotonic_ms() - start_ms) / 1000;
    connect.handshakes_per_s =
        connect.seconds > 0 ? static_cast<double>(totals.handshakes) / connect.seconds : 0;
    connect.handshakes_full = totals.handshakes - totals.resumed;
    connect.handshakes_resumed = totals.resumed;
    if (totals.last_failure[0] != 0) connect.last_failure = totals.last_failure;
    return connect;
  }

  void fill_setting(uint32_t workers) {
    const auto servers = static_cast<uint32_t>(servers_.shares().size());
    const uint32_t cpus = cpu_count();
    report_.setting = {options_.devices,
                       number_of_percent(options_.devices, options_.stuck_percent),
                       options_.priority,
                       options_.payload_bytes,
                       options_.rounds,
                       workers,
                       connecting_workers(options_, workers, servers, cpus),
                       servers,
                       options_.devices,
                       {},
                       cpus};
    report_.command = options_.command;
  }

  const Options& options_;
  const StopSignal& stop_;
  ServerFleet servers_;
  ArrivalBook book_;
  Report report_;
};

absl::StatusOr<Report> run_drill(const Options& asked) {
  const StopSignal stop;
  Options options = asked;
  MachineFacts facts = machine_facts(options.server.pid);
  if (options.spawn.empty()) {
    TOCSIN_TAKE(const Gateway gateway, parse_gateway(options.server.gateway));
    facts.loopback = gateway.is_loopback();
    if (options.server.pid == 0) facts.files_of_server = UINT64_MAX;
  }
  TOCSIN_TAKE(const FleetPlan fleet, plan_fleet({options.devices, options.workers, options.servers,
                                                 options.largest_that_fits},
                                                facts));
  if (!fleet.limited_by.empty()) {
    fmt::print(stderr, "{}\nrunning the largest fleet that fits: {} devices\n", fleet.limited_by,
               with_commas(fleet.devices));
  }
  options.devices = fleet.devices;
  TOCSIN_TAKE(ArrivalBook book, ArrivalBook::create(options.devices, messages_of(options)));
  TOCSIN_TAKE(ServerFleet servers, ServerFleet::prepare(options, fleet.servers, stop));
  TOCSIN_TAKE(Report report,
              Drill(options, stop, std::move(servers), std::move(book)).run(fleet.workers));
  report.setting.asked_devices = asked.devices;
  if (!fleet.limited_by.empty()) report.setting.limited_by = fleet.limited_by;
  return report;
}

}  // namespace
}  // namespace tocsin::bench::drill

int main(int argc, char** argv) {
  using namespace tocsin::bench;
  drill::Options options;
  options.command = drill::command_line({argv + 1, argv + argc});
  return run_bench(drill::program, argc, argv, options, [&options]() -> absl::StatusOr<Findings> {
    TOCSIN_TAKE(const drill::Report report, drill::run_drill(options));
    return Findings{drill::all_well(report),
                    drill::measures_of(report),
                    drill::table_of(report),
                    drill::json_of(report),
                    options.html,
                    [report](const Json& document) { return drill::page_of(report, document); }};
  });
}
