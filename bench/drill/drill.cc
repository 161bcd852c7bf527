#include "drill/drill.h"

#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "drill/alert_recorder.h"
#include "drill/arrival_book.h"
#include "drill/fleet_plan.h"
#include "drill/memory_probe.h"
#include "drill/proc_stats.h"
#include "drill/progress.h"
#include "drill/report_table.h"
#include "drill/round_tally.h"
#include "drill/server_under_test.h"
#include "drill/worker_pool.h"
#include "runtime/key_material.h"

namespace tocsin::drill {
namespace {

constexpr int books_poll_ms = 100;

// One alert, while it is under way.
struct Round {
  RoundReport report;
  uint64_t start_ns = 0;
};

class Drill {
 public:
  Drill(const Options& options, const StopSignal& stop, ServerUnderTest server, ArrivalBook book,
        WorkerPool workers)
      : options_(options),
        stop_(stop),
        server_(std::move(server)),
        book_(std::move(book)),
        workers_(std::move(workers)),
        memory_(server_.pid) {}

  absl::StatusOr<Report> run();

 private:
  absl::Status connect_all();
  absl::Status alert(uint32_t number);
  absl::Status wait_for_books(Round& round);
  absl::Status check_server();
  Plan make_plan();
  uint64_t stuck() const { return stuck_among(options_.devices, options_.stuck_percent); }
  uint64_t reading() const { return options_.devices - stuck(); }
  std::optional<double> cpu_us_per(uint64_t deliveries, std::optional<uint64_t> before_ns) const;
  bool books_agree(const RoundReport& round, uint64_t delivered) const;
  void fill_arrivals(uint32_t number, Round& round) const;
  void fill_setting();

  const Options& options_;
  const StopSignal& stop_;
  ServerUnderTest server_;
  ArrivalBook book_;
  WorkerPool workers_;  // ends before the server does
  MemoryProbe memory_;
  std::string mark_;
  std::vector<Round> rounds_;
  Report report_;
};

absl::StatusOr<Report> Drill::run() {
  fill_setting();
  fmt::print(stderr, "waiting for the server to be at rest\n");
  if (absl::Status status = memory_.look_before(options_.settle_timeout_s, stop_); !status.ok()) {
    return status;
  }
  if (absl::Status status = connect_all(); !status.ok()) return status;
  fmt::print(stderr, "waiting for the server's memory to settle\n");
  absl::StatusOr<MemoryReport> memory =
      memory_.look_after(report_.connect.connected, options_.settle_timeout_s, stop_);
  if (!memory.ok()) return memory.status();
  report_.memory = *std::move(memory);
  const uint32_t rounds = options_.warmup_rounds + options_.rounds;
  for (uint32_t number = 0; number < rounds; ++number) {
    if (absl::Status status = alert(number); !status.ok()) return status;
  }
  report_.connect.reconnects = workers_.totals().reconnects;
  // Now, because a duplicate may come long after its alert.
  for (uint32_t number = options_.warmup_rounds; number < rounds; ++number) {
    fill_arrivals(number, rounds_[number]);
    report_.rounds.push_back(rounds_[number].report);
  }
  return report_;
}

void Drill::fill_setting() {
  report_.priority = options_.priority;
  report_.payload_bytes = options_.payload_bytes;
  report_.stuck_percent = options_.stuck_percent;
  report_.workers = workers_.size();
  report_.cpus = machine_facts(server_.pid).cpus;
  report_.cpu_model = cpu_model();
  report_.kernel = kernel_release();
  report_.connect.devices = options_.devices;
  report_.connect.stuck = stuck();
}

Plan Drill::make_plan() {
  Plan plan;
  plan.fleet_devices = static_cast<uint32_t>(options_.devices);
  plan.rounds = static_cast<uint32_t>(book_.rounds());
  plan.handshakes = options_.handshakes;
  plan.heartbeat_s = options_.heartbeat_s;
  plan.stuck_percent = options_.stuck_percent;
  plan.spread_sources = server_.gateway.loopback;
  uint8_t seed[8];
  runtime::random_bytes(seed);
  for (const uint8_t byte : seed) plan.seed = plan.seed << 8 | byte;
  plan.gateway_address = server_.gateway.address;
  plan.gateway_port = server_.gateway.port;
  plan.server_name = server_.gateway.name;
  plan.ca_pem = server_.ca_pem;
  plan.app = server_.keys.app;
  plan.registration_key = server_.registration_key;
  plan.mark = fmt::format("drill-{:08x}", static_cast<uint32_t>(plan.seed));
  return plan;
}

absl::Status Drill::check_server() {
  if (!server_.process.has_value() || server_.process->is_running()) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("the server ended during the drill; its log ends:\n{}",
                                            server_.process->log_end()));
}

absl::Status Drill::connect_all() {
  const Plan plan = make_plan();
  mark_ = plan.mark;
  const uint64_t start_ms = monotonic_ms();
  Progress progress(stderr, isatty(STDERR_FILENO) == 1, options_.devices, start_ms);
  if (absl::Status begun = workers_.begin(plan); !begun.ok()) return begun;
  const auto is_done = [&](const Status& totals) {
    return totals.live + totals.given_up >= options_.devices;
  };
  const auto on_report = [&](const Status& totals) {
    progress.show(totals.live, monotonic_ms());
    return check_server();
  };
  const absl::StatusOr<bool> done = workers_.wait(
      is_done, start_ms + uint64_t{connect_timeout_s_of(options_)} * 1000, stop_, on_report);
  progress.finish();
  if (!done.ok()) return done.status();
  const Status& totals = workers_.totals();
  ConnectReport& connect = report_.connect;
  connect.connected = totals.live;
  connect.failures = totals.failures;
  connect.last_failure = totals.last_failure;
  connect.seconds = static_cast<double>(monotonic_ms() - start_ms) / 1000;
  connect.handshakes_per_s =
      connect.seconds > 0 ? static_cast<double>(totals.handshakes) / connect.seconds : 0;
  if (connect.connected > 0) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("no device could connect; the last failure: {}", connect.last_failure));
}

absl::Status Drill::alert(uint32_t number) {
  AlertRequest request{alert_title(mark_, number), "", options_.priority};
  request.body.assign(options_.payload_bytes - request.title.size(), 'x');
  if (absl::Status armed = workers_.arm(number); !armed.ok()) return armed;
  const std::optional<uint64_t> cpu_before_ns = cpu_ns_of(server_.pid);
  const absl::StatusOr<SentAlert> sent = server_.api.send(server_.keys, request);
  if (!sent.ok()) return sent.status();
  Round& round = rounds_.emplace_back();
  round.start_ns = sent->start_ns;
  round.report.message_id = sent->message_id;
  round.report.accepted_ms = static_cast<double>(sent->end_ns - sent->start_ns) / 1e6;
  const auto is_done = [&](const Status& totals) { return totals.got_armed >= reading(); };
  const absl::StatusOr<bool> all_have_it =
      workers_.wait(is_done, sent->start_ns / 1'000'000 + options_.alert_timeout_ms, stop_,
                    [&](const Status&) { return check_server(); });
  if (!all_have_it.ok()) return all_have_it.status();
  const uint64_t delivered = workers_.totals().got_armed;
  round.report.server_cpu_us_per_delivery = cpu_us_per(delivered, cpu_before_ns);
  if (absl::Status status = wait_for_books(round); !status.ok()) return status;
  round.report.server_cpu_us_per_delivery_and_acks = cpu_us_per(delivered, cpu_before_ns);
  fmt::print(stderr, "alert {} of {}: {} of {} devices have it{}\n", number + 1, book_.rounds(),
             with_commas(delivered), with_commas(reading()),
             number < options_.warmup_rounds ? " (warm-up)" : "");
  return absl::OkStatus();
}

std::optional<double> Drill::cpu_us_per(uint64_t deliveries,
                                        std::optional<uint64_t> before_ns) const {
  const std::optional<uint64_t> now_ns = cpu_ns_of(server_.pid);
  if (deliveries == 0 || !before_ns.has_value() || !now_ns.has_value()) return std::nullopt;
  return static_cast<double>(*now_ns - *before_ns) / 1000 / static_cast<double>(deliveries);
}

// The server's report agrees when it says of each device what the device itself says.
bool Drill::books_agree(const RoundReport& round, uint64_t delivered) const {
  const Books& books = *round.books;
  const uint64_t connected = report_.connect.connected;
  return books.targeted == connected && books.delivered == delivered &&
         books.pending == connected - delivered && books.expired == 0 && books.dropped == 0;
}

absl::Status Drill::wait_for_books(Round& round) {
  const uint64_t deadline_ms = monotonic_ms() + uint64_t{options_.books_timeout_s} * 1000;
  while (true) {
    const absl::StatusOr<Books> books = server_.api.books(server_.keys, round.report.message_id);
    if (books.ok()) {
      round.report.books = *books;
      // Asked again each time, because a late device may still get it.
      const uint64_t delivered = workers_.totals().got_armed;
      round.report.books_closed = books_agree(round.report, delivered);
    }
    round.report.books_ms = static_cast<double>(monotonic_ns() - round.start_ns) / 1e6;
    if (round.report.books_closed || monotonic_ms() >= deadline_ms) return absl::OkStatus();
    const uint64_t look_again_ms = monotonic_ms() + books_poll_ms;
    const absl::StatusOr<bool> waited =
        workers_.wait([](const Status&) { return false; }, look_again_ms, stop_,
                      [&](const Status&) { return check_server(); });
    if (!waited.ok()) return waited.status();
  }
}

void Drill::fill_arrivals(uint32_t number, Round& round) const {
  RoundTally tally =
      tally_round(book_, number, round.start_ns, uint64_t{options_.alert_timeout_ms} * 1'000'000,
                  options_.stuck_percent);
  RoundReport& report = round.report;
  report.expected = tally.expected;
  report.delivered = tally.delivered;
  report.missing = tally.expected - tally.delivered;
  report.app_duplicates = tally.app_duplicates;
  report.wire_duplicates = tally.wire_duplicates;
  const LatencyDistribution waits(std::move(tally.waits_ns));
  report.p50_ms = waits.percentile_ms(50);
  report.p90_ms = waits.percentile_ms(90);
  report.p99_ms = waits.percentile_ms(99);
  report.p99_9_ms = waits.percentile_ms(99.9);
  report.p100_ms = waits.percentile_ms(100);
}

}  // namespace

absl::StatusOr<Report> run_drill(const Options& options, const StopSignal& stop) {
  MachineFacts facts = machine_facts(options.server.pid);
  if (options.spawn.empty()) {
    const absl::StatusOr<GatewayPlace> gateway = parse_gateway(options.server.gateway);
    if (!gateway.ok()) return gateway.status();
    facts.loopback = gateway->loopback;
    if (options.server.pid == 0) facts.files_of_server = UINT64_MAX;
  }
  const absl::StatusOr<std::vector<Share>> shares =
      plan_fleet(options.devices, options.workers, facts);
  if (!shares.ok()) return shares.status();
  absl::StatusOr<ArrivalBook> book =
      ArrivalBook::create(options.devices, options.warmup_rounds + options.rounds);
  if (!book.ok()) return book.status();
  absl::StatusOr<ServerUnderTest> server = prepare_server(options, stop);
  if (!server.ok()) return server.status();
  if (options.keep)
    fmt::print(stderr, "the server's directory: {}\n", server->process->directory());
  absl::StatusOr<WorkerPool> workers = WorkerPool::start(*shares, *book);
  if (!workers.ok()) return workers.status();
  return Drill(options, stop, *std::move(server), *std::move(book), *std::move(workers)).run();
}

}  // namespace tocsin::drill
