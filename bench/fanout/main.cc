// tocsin-bench-fanout: what sealing and sending a push costs, beside a bare send() loop and an
// SSL_write loop over the same sockets. bench/README.md says what the figures mean.
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "drill/proc_stats.h"
#include "fanout/race.h"
#include "figures/answer.h"
#include "figures/document.h"
#include "figures/json_writer.h"
#include "gateway/socket_io.h"

namespace {

using namespace tocsin;
using namespace tocsin::fanout;

struct Options {
  uint32_t devices = 18'000;
  uint32_t rounds = 60;
  uint32_t payload_bytes = 150;
  bool variants = false;
  figures::AnswerOptions answer{"fanout"};
};

void declare(CLI::App& app, Options& options) {
  app.add_option("-n,--devices", options.devices, "Connections; both ends need open files for them")
      ->check(CLI::Range(devices_min, 1'000'000u))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds,
                 "Rounds of each race; a connection gets one record a round")
      ->check(CLI::Range(1u, rounds_max))
      ->capture_default_str();
  app.add_option("--payload-bytes", options.payload_bytes, "Bytes of a push before sealing")
      ->check(CLI::Range(1u, 8192u))
      ->capture_default_str();
  app.add_flag("--variants", options.variants,
               "Also Tocsin's path without io_uring and without ipsec-mb");
  app.add_option("--json", options.answer.json, "Write the figures here (- for standard output)");
  app.add_flag("--check", options.answer.check, "Exit 1 when a target is missed");
  app.add_option("--targets", options.answer.targets, "File of targets")->capture_default_str();
  app.add_option("--section", options.answer.section, "Its section")->capture_default_str();
}

void show_progress(uint32_t connected) {
  if (connected % 2000 == 0) fmt::print(stderr, "connected {}\n", connected);
}

// In the order of race(): the two that the targets are about come first.
figures::Measures measures_of(const std::vector<RaceResult>& results) {
  return {{"fanout_us_per_delivery", results[0].way_us.median},
          {"ratio_to_plain_send", results[0].ratio.median},
          {"ratio_to_ssl_write", results[1].ratio.median}};
}

std::string text_of(const Spread& spread) {
  return fmt::format("{:.3f} ({:.3f}-{:.3f})", spread.median, spread.p25, spread.p75);
}

void print_table(std::FILE* out, const Options& options, const std::vector<RaceResult>& results) {
  fmt::print(out, "\n{} connections, {} bytes a push, {} rounds, {}, Linux {}\n", options.devices,
             options.payload_bytes, options.rounds, drill::cpu_model(), drill::kernel_release());
  fmt::print(out, "us per delivery: median (p25-p75)\n\n");
  fmt::print(out, "{:<34} {:<23} {:<13} {:<23} {}\n", "way", "us", "beside", "us", "ratio");
  for (const RaceResult& race : results) {
    fmt::print(out, "{:<34} {:<23} {:<13} {:<23} {}\n", race.way, text_of(race.way_us), race.beside,
               text_of(race.beside_us), text_of(race.ratio));
  }
}

void put_spread(figures::JsonWriter& json, std::string_view key, const Spread& spread) {
  json.begin_object(key);
  json.number("median", spread.median);
  json.number("p25", spread.p25);
  json.number("p75", spread.p75);
  json.end_object();
}

std::string json_of(const Options& options, const std::vector<RaceResult>& results,
                    const std::vector<std::string>& missed) {
  figures::JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  json.begin_object("setting");
  json.count("devices", options.devices);
  json.count("payload_bytes", options.payload_bytes);
  json.count("rounds", options.rounds);
  json.text("cpu_model", drill::cpu_model());
  json.text("kernel", drill::kernel_release());
  json.end_object();
  figures::put_measures(json, measures_of(results));
  json.begin_array("races");
  for (const RaceResult& race : results) {
    json.begin_object();
    json.text("way", race.way);
    json.text("beside", race.beside);
    put_spread(json, "way_us", race.way_us);
    put_spread(json, "beside_us", race.beside_us);
    put_spread(json, "ratio", race.ratio);
    json.end_object();
  }
  json.end_array();
  figures::put_missed_targets(json, missed);
  json.end_object();
  return json.document();
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
    absl::StatusOr<RaceResult> result =
        run_race(fleet, *entry.way, *entry.beside, record_bytes, options.rounds, 0);
    if (!result.ok()) return result.status();
    results.push_back(*std::move(result));
  }
  return results;
}

// In a thread of its own: a server has several, which makes each send() count a reference to its
// file, and so it must be here.
absl::StatusOr<std::vector<RaceResult>> race(const Options& options) {
  auto fleet = ConnectedFleet::connect(options.devices, 1, show_progress);
  if (!fleet.ok()) return fleet.status();
  absl::StatusOr<std::vector<RaceResult>> results;
  std::thread sender([&] { results = race_all(options, **fleet); });
  sender.join();
  return results;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Time per TLS delivery beside bare loops over the same sockets",
               "tocsin-bench-fanout"};
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  figures::Answer answer("tocsin-bench-fanout", options.answer);
  if (!answer.load_targets()) return figures::exit_usage;
  const absl::StatusOr<std::vector<RaceResult>> results = race(options);
  if (!results.ok()) return answer.not_run(results.status());
  if (!answer.compare(measures_of(*results))) return figures::exit_usage;
  print_table(answer.out(), options, *results);
  answer.list_missed(stderr);
  if (!answer.write(options.answer.json, json_of(options, *results, answer.missed()))) {
    return figures::exit_not_run;
  }
  return answer.exit_code(true);
}
