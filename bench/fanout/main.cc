// tocsin-bench-fanout: what sealing and sending a push costs, beside a bare send() loop and an
// SSL_write loop over the same sockets. bench/README.md says what the figures mean.
#include <fmt/format.h>
#include <thread>
#include <utility>

#include "fanout/race.h"
#include "gateway/socket_io.h"
#include "harness/bench.h"
#include "harness/command_line.h"
#include "harness/figure_text.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace {

using namespace tocsin;
using namespace tocsin::fanout;
using harness::Findings;
using harness::Json;

struct Options : harness::BenchOptions {
  Options() : BenchOptions("fanout") {}
  void declare(CLI::App& app) override {
    harness::declare_number(app, "-n,--devices", devices, devices_min, 1'000'000,
                            "Connections; both ends need open files for them");
    harness::declare_number(app, "--rounds", rounds, 1, rounds_max,
                            "Rounds of each race; a connection gets one record a round");
    harness::declare_number(app, "--payload-bytes", payload_bytes, 1, 8192,
                            "Bytes of a push before sealing");
    app.add_flag("--variants", variants,
                 "Also Tocsin's path without io_uring and without ipsec-mb");
  }

  uint32_t devices = 18'000;
  uint32_t rounds = 60;
  uint32_t payload_bytes = 150;
  bool variants = false;
};

void show_progress(uint32_t connected) {
  if (connected % 2000 == 0) fmt::print(stderr, "connected {}\n", connected);
}

std::string text_of(const harness::Series& series) {
  return fmt::format("{:.3f} ({:.3f}-{:.3f})", series.median(), series.percentile(25),
                     series.percentile(75));
}

Json json_of(const harness::Series& series) {
  return {
      {"median", series.median()}, {"p25", series.percentile(25)}, {"p75", series.percentile(75)}};
}

// `races` in the order of race(): the two that the targets are about come first.
Findings findings_of(const Options& options, const std::vector<RaceResult>& races) {
  Findings findings;
  findings.document["setting"] = {{"devices", options.devices},
                                  {"payload_bytes", options.payload_bytes},
                                  {"rounds", options.rounds},
                                  {"cpu_model", harness::cpu_model()},
                                  {"kernel", harness::kernel_release()}};
  findings.measures = {{"fanout_us_per_delivery", races[0].way_us.median()},
                       {"ratio_to_plain_send", races[0].ratio.median()},
                       {"ratio_to_ssl_write", races[1].ratio.median()}};
  harness::Rows rows = {{"way", "us", "beside", "us", "ratio"}};
  for (const RaceResult& race : races) {
    findings.document["races"].push_back({{"way", race.way},
                                          {"beside", race.beside},
                                          {"way_us", json_of(race.way_us)},
                                          {"beside_us", json_of(race.beside_us)},
                                          {"ratio", json_of(race.ratio)}});
    rows.push_back({race.way, text_of(race.way_us), race.beside, text_of(race.beside_us),
                    text_of(race.ratio)});
  }
  findings.table = fmt::format(
      "\n{} connections, {} bytes a push, {} rounds, {}, Linux {}\n"
      "us per delivery: median (p25-p75)\n\n{}",
      options.devices, options.payload_bytes, options.rounds, harness::cpu_model(),
      harness::kernel_release(), harness::columns(rows, ""));
  return findings;
}

struct Entry {
  std::unique_ptr<SendingWay> way;
  std::unique_ptr<SendingWay> beside;
};

std::vector<Entry> entries_of(const Options& options) {
  const uint32_t bytes = options.payload_bytes;
  std::vector<Entry> entries;
  entries.push_back({make_tocsin(bytes, {}), make_plain_send(bytes)});
  entries.push_back({make_tocsin(bytes, {}), make_ssl_write(bytes)});
  if (!options.variants) return entries;
  for (const auto& [fast_gcm, io_uring] :
       {std::pair{true, false}, std::pair{false, true}, std::pair{false, false}}) {
    entries.push_back({make_tocsin(bytes, {fast_gcm, io_uring}), make_plain_send(bytes)});
  }
  entries.push_back({make_ssl_write(bytes), make_plain_send(bytes)});
  return entries;
}

absl::StatusOr<std::vector<RaceResult>> race_all(const Options& options, ConnectedFleet& fleet) {
  const uint32_t record_bytes =
      options.payload_bytes + static_cast<uint32_t>(wire::TlsSession::overhead_bytes);
  std::vector<RaceResult> results;
  for (const Entry& entry : entries_of(options)) {
    fmt::print(stderr, "{} beside {}\n", entry.way->name(), entry.beside->name());
    TOCSIN_TAKE(RaceResult result,
                run_race(fleet, *entry.way, *entry.beside, record_bytes, options.rounds, 0));
    results.push_back(std::move(result));
  }
  return results;
}

// In a thread of its own: a server has several, which makes each send() count a reference to its
// file, and so it must be here.
absl::StatusOr<Findings> run(const Options& options) {
  TOCSIN_TAKE(const auto fleet, ConnectedFleet::connect(options.devices, 1, show_progress));
  absl::StatusOr<std::vector<RaceResult>> races;
  std::thread sender([&] { races = race_all(options, *fleet); });
  sender.join();
  TOCSIN_TRY(races.status());
  return findings_of(options, *races);
}

}  // namespace

int main(int argc, char** argv) {
  const harness::Program program = {
      "tocsin-bench-fanout", "Time per TLS delivery beside bare loops over the same sockets", ""};
  Options options;
  return harness::run_bench(program, argc, argv, options, [&options] { return run(options); });
}
