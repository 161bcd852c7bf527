#include "drill/drill.h"

#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "drill/arrival_book.h"
#include "drill/fleet_plan.h"
#include "drill/memory_probe.h"
#include "drill/proc_stats.h"
#include "drill/progress.h"
#include "drill/report_table.h"
#include "drill/resource_sampler.h"
#include "drill/round_runner.h"
#include "drill/server_fleet.h"
#include "drill/worker_pool.h"
#include "runtime/tls/key_material.h"

namespace tocsin::drill {
namespace {

class Drill {
 public:
  Drill(const Options& options, const StopSignal& stop, ServerFleet servers, ArrivalBook book,
        WorkerPool workers)
      : options_(options),
        stop_(stop),
        servers_(std::move(servers)),
        book_(std::move(book)),
        workers_(std::move(workers)),
        memory_({servers_.pids(), workers_.pids()}),
        sampler_({servers_.pids(), workers_.pids()}) {}

  absl::StatusOr<Report> run();

 private:
  absl::Status connect_all();
  absl::Status settle();
  Plan make_plan() const;
  void fill_setting();

  const Options& options_;
  const StopSignal& stop_;
  ServerFleet servers_;
  ArrivalBook book_;
  WorkerPool workers_;  // ends before the servers do
  MemoryProbe memory_;
  ResourceSampler sampler_;
  std::string mark_;
  Report report_;
};

absl::StatusOr<Report> Drill::run() {
  fill_setting();
  sampler_.mark("at rest");
  fmt::print(stderr, "waiting for the server to be at rest\n");
  if (absl::Status status = memory_.look_before(options_.settle_timeout_s, stop_); !status.ok()) {
    return status;
  }
  if (absl::Status status = connect_all(); !status.ok()) return status;
  if (absl::Status status = settle(); !status.ok()) return status;
  RoundRunner rounds({options_, stop_, book_, servers_, workers_, sampler_}, mark_,
                     report_.connect.connected);
  if (absl::Status status = rounds.run(); !status.ok()) return status;
  report_.connect.reconnects = workers_.totals().reconnects;
  sampler_.mark("end");
  rounds.fill(report_);
  report_.timeline = sampler_.finish();
  return report_;
}

absl::Status Drill::settle() {
  sampler_.mark("settle");
  fmt::print(stderr, "waiting for the server's memory to settle\n");
  absl::StatusOr<MemoryReport> memory = memory_.look_after(
      report_.connect.connected, {options_.settle_still_s, options_.settle_timeout_s}, stop_);
  if (!memory.ok()) return memory.status();
  report_.memory = *std::move(memory);
  return absl::OkStatus();
}

void Drill::fill_setting() {
  report_.priority = options_.priority;
  report_.payload_bytes = options_.payload_bytes;
  report_.stuck_percent = options_.stuck_percent;
  report_.workers = workers_.size();
  report_.servers = static_cast<uint32_t>(servers_.shares().size());
  report_.cpus = machine_facts(0).cpus;
  report_.cpu_model = cpu_model();
  report_.kernel = kernel_release();
  report_.workers_at_once =
      connecting_workers(options_, report_.workers, report_.servers, report_.cpus);
  report_.connect.devices = options_.devices;
  report_.connect.stuck = stuck_among(options_.devices, options_.stuck_percent);
  report_.command = options_.command;
}

Plan Drill::make_plan() const {
  Plan plan;
  plan.fleet_devices = static_cast<uint32_t>(options_.devices);
  plan.rounds = static_cast<uint32_t>(book_.rounds());
  plan.handshakes = handshakes_per_worker(options_, report_.workers_at_once, report_.servers);
  plan.heartbeat_s = options_.heartbeat_s;
  plan.stuck_percent = options_.stuck_percent;
  plan.resume_percent = options_.resume_percent;
  plan.spread_sources = servers_.is_loopback();
  uint8_t seed[8];
  runtime::random_bytes(seed);
  for (const uint8_t byte : seed) plan.seed = plan.seed << 8 | byte;
  plan.app = servers_.app();
  plan.mark = fmt::format("drill-{:08x}", static_cast<uint32_t>(plan.seed));
  return plan;
}

absl::Status Drill::connect_all() {
  const Plan plan = make_plan();
  mark_ = plan.mark;
  sampler_.mark("connect");
  const uint64_t start_ms = monotonic_ms();
  Progress progress(stderr, isatty(STDERR_FILENO) == 1, options_.devices, start_ms);
  const auto gateways_for = [this](const Share& share) { return servers_.gateways_for(share); };
  if (absl::Status begun = workers_.begin(plan, report_.workers_at_once, gateways_for); !begun.ok())
    return begun;
  const auto is_done = [&](const Status& totals) {
    return totals.live + totals.given_up >= options_.devices;
  };
  const auto on_report = [&](const Status& totals) {
    progress.show(totals.live, monotonic_ms());
    return servers_.check();
  };
  const absl::StatusOr<bool> done = workers_.wait(
      is_done, start_ms + uint64_t{connect_timeout_s_of(options_)} * 1000, stop_, on_report);
  progress.finish();
  if (!done.ok()) return done.status();
  const Status& totals = workers_.totals();
  ConnectReport& connect = report_.connect;
  connect.connected = totals.live;
  connect.handshakes_full = totals.handshakes - totals.resumed;
  connect.handshakes_resumed = totals.resumed;
  connect.failures = totals.failures;
  connect.last_failure = totals.last_failure;
  connect.seconds = static_cast<double>(monotonic_ms() - start_ms) / 1000;
  connect.handshakes_per_s =
      connect.seconds > 0 ? static_cast<double>(totals.handshakes) / connect.seconds : 0;
  if (connect.connected > 0) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("no device could connect; the last failure: {}", connect.last_failure));
}

}  // namespace

absl::StatusOr<Report> run_drill(const Options& asked, const StopSignal& stop) {
  Options options = asked;
  MachineFacts facts = machine_facts(options.server.pid);
  if (options.spawn.empty()) {
    const absl::StatusOr<GatewayPlace> gateway = parse_gateway(options.server.gateway);
    if (!gateway.ok()) return gateway.status();
    facts.loopback = gateway->loopback;
    if (options.server.pid == 0) facts.files_of_server = UINT64_MAX;
  }
  const absl::StatusOr<FleetPlan> fleet = plan_fleet(
      {options.devices, options.workers, options.servers, options.largest_that_fits}, facts);
  if (!fleet.ok()) return fleet.status();
  if (!fleet->limited_by.empty()) {
    fmt::print(stderr, "{}\nrunning the largest fleet that fits: {} devices\n", fleet->limited_by,
               with_commas(fleet->devices));
  }
  options.devices = fleet->devices;
  absl::StatusOr<ArrivalBook> book = ArrivalBook::create(options.devices, messages_of(options));
  if (!book.ok()) return book.status();
  absl::StatusOr<ServerFleet> servers = ServerFleet::prepare(options, fleet->servers, stop);
  if (!servers.ok()) return servers.status();
  absl::StatusOr<WorkerPool> workers = WorkerPool::start(fleet->workers, *book);
  if (!workers.ok()) return workers.status();
  absl::StatusOr<Report> report =
      Drill(options, stop, *std::move(servers), *std::move(book), *std::move(workers)).run();
  if (!report.ok()) return report.status();
  report->asked_devices = asked.devices;
  report->limited_by = fleet->limited_by;
  return report;
}

}  // namespace tocsin::drill
