// Options: what the command line of tocsin-bench-api asks for.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"
#include "harness/bench.h"

namespace tocsin::bench::api {

struct Options : BenchOptions {
  Options() : BenchOptions("api") { parts = {"idle", "answers", "sends", "list"}; }
  void declare() override;
  std::string finish(const CLI::App& app) override;

  std::string server;    // path of tocsind
  std::string listener;  // path of tocsin-listen; empty: beside tocsind
  std::string settings = "bench/api/settings";
  uint32_t registered = 64;
  uint32_t payload_bytes = 100;
  uint32_t rounds = 3;
  uint32_t sends = 10'000;  // of a round
  uint32_t connections = 64;
  uint32_t shared_connections = 4;  // with `streams` on each
  uint32_t streams = 64;
  uint32_t idle = 500;
  uint32_t idle_channels = 100;
  uint32_t list_ids = limits::list_ids_max;
  uint32_t ids_per_piece = 1'500;
  uint32_t online = 20;
};
BOOST_DESCRIBE_STRUCT(Options, (),
                      (registered, payload_bytes, rounds, sends, connections, shared_connections,
                       streams, idle, idle_channels, list_ids, ids_per_piece, online))

}  // namespace tocsin::bench::api
