// Options: what the command line of tocsin-bench-api asks for.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/rounds.h"
#include "base/limits.h"
#include "figures/answer.h"
#include "figures/command_line.h"

namespace tocsin::api {

struct Options {
  std::string server;    // path of tocsind
  std::string listener;  // path of tocsin-listen; empty: beside tocsind
  std::string settings = "bench/api/settings";
  std::vector<std::string> parts = {"idle", "sends", "list"};
  uint32_t registered = 64;
  uint32_t payload_bytes = 100;
  RoundsPlan plan;
  uint32_t idle = 500;
  uint32_t idle_channels = 100;
  uint32_t list_ids = limits::list_ids_max;
  uint32_t ids_per_piece = 1'500;
  uint32_t online = 20;
  figures::AnswerOptions answer{"api"};

  bool has(const std::string& part) const;
  std::string listener_path() const;
};

// What parse_options found.
struct ParsedOptions : figures::ParsedLine {
  Options options;
};

// The arguments behind the program's name.
ParsedOptions parse_options(std::vector<std::string> arguments);

}  // namespace tocsin::api
