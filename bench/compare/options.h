// Options: what the command line of tocsin-bench-compare asks for.
//
// Thread: a value.  Bound: the limits below; a line outside them is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/bench.h"

namespace tocsin::bench::compare {

// Clients of one server: under 20,000 open files of one process.
inline constexpr uint32_t clients_max = 18'000;
inline constexpr uint32_t rounds_max = 100;
inline constexpr uint32_t passes_max = 10;
inline constexpr uint32_t payload_bytes_min = 64;  // room for a mark
inline constexpr uint32_t payload_bytes_max = 4096;
inline constexpr std::string_view tocsin_name = "tocsin";

// What --help says of the program; the names of the peers are in it.
const Program& program();

struct Options : BenchOptions {
  Options() : BenchOptions("compare") {}
  void declare() override;
  std::string finish(const CLI::App& app) override;

  uint32_t devices = 10'000;
  std::vector<std::string> peers;  // in the order to visit; all, unless told otherwise
  uint32_t passes = 2;             // every second one visits them the other way round
  uint32_t rounds = 5;             // per visit
  uint32_t warmup_rounds = 1;
  uint32_t payload_bytes = 150;
  uint32_t handshakes = 64;
  uint32_t connect_timeout_s = 180;
  uint32_t settle_timeout_s = 20;
  uint32_t alert_timeout_ms = 10'000;
  std::string tocsind = "build/release/tocsind";
  std::string drill = "build/release/tocsin-drill";
  std::string settings = "bench/compare/settings";
  bool smoke = false;
  bool keep = false;
  std::string markdown;
  std::string command_line;  // whoever reads the line fills it in
};

// Every name --peers may give, Tocsin in the middle, in the order to visit.
std::vector<std::string> all_peers();

}  // namespace tocsin::bench::compare
