// Options: what the command line of tocsin-bench-siege asks for.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/bench.h"

namespace tocsin::bench::siege {

// Attackers have addresses of their own, 127.0.0.2 and up.
inline constexpr uint32_t attackers_max = 64;

struct Options : BenchOptions {
  Options();  // parts are the names of all attacks
  void declare() override;
  std::string finish(const CLI::App& app) override;

  std::string server;  // path of tocsind
  std::vector<std::string> server_arguments;
  bool list = false;
  uint32_t devices = 200;
  uint32_t seconds = 8;  // of each attack, and alerts in it
  uint32_t settle_s = 30;
  std::vector<uint32_t> connections = {1, 4};
};
BOOST_DESCRIBE_STRUCT(Options, (), (devices, seconds, settle_s, connections))

}  // namespace tocsin::bench::siege
