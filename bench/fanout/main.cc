// tocsin-bench-fanout: bench/README.md says what it answers, and how two ways race: in turns of
// milliseconds, because machines are noisy over seconds; two only, because a third would leave its
// traces in the caches that both share.
#include <array>
#include <fmt/format.h>
#include <future>
#include <utility>

#include "base/clock.h"
#include "base/prng.h"
#include "fanout/connected_fleet.h"
#include "fanout/sending_way.h"
#include "gateway/socket_io.h"
#include "harness/bench.h"
#include "harness/figures.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::fanout {
namespace {

constexpr uint32_t rounds_max = 10'000;
// Connections sent to in a row by one way: a multiple of the gateway's batch.
constexpr uint32_t block = 512;
constexpr uint32_t devices_min = 2 * block;
constexpr uint32_t warm_up_rounds = 3;

struct Options : BenchOptions {
  Options() : BenchOptions("fanout") {}
  void declare() override {
    number("-n,--devices", devices, devices_min, 1'000'000,
           "Connections; both ends need open files for them");
    number("--rounds", rounds, 1, rounds_max,
           "Rounds of each race; a connection gets one record a round");
    number("--payload-bytes", payload_bytes, 1, 8192, "Bytes of a push before sealing");
    flag("--variants", variants, "Also Tocsin's path without io_uring and without ipsec-mb");
  }

  uint32_t devices = 18'000;
  uint32_t rounds = 60;
  uint32_t payload_bytes = 150;
  bool variants = false;
};
BOOST_DESCRIBE_STRUCT(Options, (), (devices, payload_bytes, rounds))

struct Race {
  SendingWay way;
  SendingWay beside;
  Series way_us = {};  // per delivery
  Series beside_us = {};
  Series ratio = {};
};

// us per delivery of both ways, in one round.
absl::StatusOr<std::array<double, 2>> run_round(ConnectedFleet& fleet,
                                                const std::array<const SendingWay*, 2>& ways,
                                                uint32_t record_bytes, Prng& prng) {
  const uint32_t turns = fleet.size() / block / 2;  // of each way
  std::array<uint64_t, 2> spent_ns{};
  for (uint32_t b = 0; b < turns * 2; b += 2) {
    const size_t first = prng.below(2);
    for (const size_t turn : {first, 1 - first}) {
      const uint32_t begin = (b + static_cast<uint32_t>(turn != first)) * block;
      const uint64_t start_ns = monotonic_ns();
      if (!ways[turn]->run(fleet, begin, begin + block)) {
        return absl::UnavailableError(
            fmt::format("{}: a socket did not take a record", ways[turn]->name));
      }
      spent_ns[turn] += monotonic_ns() - start_ns;
    }
  }
  TOCSIN_TRY(fleet.wait_until_read(uint64_t{turns} * 2 * block * record_bytes));
  const double deliveries = static_cast<double>(turns) * block;
  return std::array{static_cast<double>(spent_ns[0]) / 1000 / deliveries,
                    static_cast<double>(spent_ns[1]) / 1000 / deliveries};
}

absl::Status run_race(ConnectedFleet& fleet, const Options& options, Race& race) {
  const uint32_t record_bytes =
      options.payload_bytes + static_cast<uint32_t>(wire::TlsSession::overhead_bytes);
  fmt::print(stderr, "{} beside {}\n", race.way.name, race.beside.name);
  Prng prng(1);
  for (uint32_t round = 0; round < warm_up_rounds + options.rounds; ++round) {
    TOCSIN_TAKE(const auto us, run_round(fleet, {&race.way, &race.beside}, record_bytes, prng));
    if (round < warm_up_rounds) continue;
    race.way_us.add(us[0]);
    race.beside_us.add(us[1]);
    race.ratio.add(us[0] / us[1]);
  }
  return absl::OkStatus();
}

std::string text_of(const Series& series) {
  return fmt::format("{:.3f} ({:.3f}-{:.3f})", series.median(), series.percentile(25),
                     series.percentile(75));
}

Json json_of(const Series& series) {
  return {
      {"median", series.median()}, {"p25", series.percentile(25)}, {"p75", series.percentile(75)}};
}

Findings findings_of(const Options& options, const std::vector<Race>& races) {
  Findings findings;
  findings.document["setting"] = options;
  findings.measures = {{"fanout_us_per_delivery", races[0].way_us.median()},
                       {"ratio_to_plain_send", races[0].ratio.median()},
                       {"ratio_to_ssl_write", races[1].ratio.median()}};
  Rows rows = {{"way", "us", "beside", "us", "ratio"}};
  for (const Race& race : races) {
    findings.document["races"].push_back({{"way", race.way.name},
                                          {"beside", race.beside.name},
                                          {"way_us", json_of(race.way_us)},
                                          {"beside_us", json_of(race.beside_us)},
                                          {"ratio", json_of(race.ratio)}});
    rows.push_back({race.way.name, text_of(race.way_us), race.beside.name, text_of(race.beside_us),
                    text_of(race.ratio)});
  }
  findings.table = fmt::format(
      "\n{} connections, {} bytes a push, {} rounds, {}, Linux {}\n"
      "us per delivery: median (p25-p75)\n\n{}",
      options.devices, options.payload_bytes, options.rounds, cpu_model(), kernel_release(),
      columns(rows, ""));
  return findings;
}

// The two that the targets are about come first.
std::vector<Race> races_of(const Options& options) {
  const uint32_t bytes = options.payload_bytes;
  std::vector<Race> races;
  races.push_back({tocsin_fan_out(bytes, {}), plain_send(bytes)});
  races.push_back({tocsin_fan_out(bytes, {}), ssl_write(bytes)});
  if (!options.variants) return races;
  for (const auto& [fast_gcm, io_uring] :
       {std::pair{true, false}, std::pair{false, true}, std::pair{false, false}}) {
    races.push_back({tocsin_fan_out(bytes, {fast_gcm, io_uring}), plain_send(bytes)});
  }
  races.push_back({ssl_write(bytes), plain_send(bytes)});
  return races;
}

// In a thread of its own: a server has several, which makes each send() count a reference to its
// file, and so it must be here.
absl::StatusOr<Findings> run(const Options& options) {
  TOCSIN_TAKE(const auto fleet, ConnectedFleet::connect(options.devices, 1));
  std::vector<Race> races = races_of(options);
  const auto send = [&] {
    stay_on_cpu(0);
    for (Race& race : races) TOCSIN_TRY(run_race(*fleet, options, race));
    return absl::OkStatus();
  };
  TOCSIN_TRY(std::async(std::launch::async, send).get());
  return findings_of(options, races);
}

}  // namespace
}  // namespace tocsin::bench::fanout

int main(int argc, char** argv) {
  using namespace tocsin::bench::fanout;
  return run_bench(
      {"tocsin-bench-fanout", "Time per TLS delivery beside bare loops over the same sockets", ""},
      argc, argv, run);
}
