// Comparison: everything one run found out about all servers, as a value; table and JSON are made
// from it.
//
// What could not be measured is absent, never zero.
//
// Thread: a value and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "figures/spread.h"
#include "figures/targets.h"

namespace tocsin::compare {

// One broadcast.
struct Round {
  uint64_t delivered = 0;
  uint64_t missing = 0;
  uint64_t duplicates = 0;
  std::optional<double> cpu_us_per_delivery;           // until the last client had it
  std::optional<double> cpu_us_per_delivery_and_acks;  // until a second later; Tocsin: books closed
  double p50_ms = 0;                                   // publish written to decrypted
  double p99_ms = 0;
  double p100_ms = 0;
};

// One server started, filled with clients, measured and ended.
struct Visit {
  std::string cipher;  // empty: it differs between connections
  double connect_s = 0;
  bool memory_settled = false;
  std::optional<double> user_bytes;    // of the server, per connection
  std::optional<double> kernel_bytes;  // both ends, per connection
  std::vector<Round> rounds;
  uint32_t lost_clients = 0;
  std::string last_loss;
};

// One server in one mode, over all visits.
struct PeerReport {
  std::string name;
  std::string title;
  std::string version;
  std::string absent;  // why it could not be measured; empty: it was
  std::vector<Visit> visits;
};

struct Comparison {
  uint32_t devices = 0;
  uint32_t payload_bytes = 0;
  uint32_t rounds = 0;
  uint32_t passes = 0;
  uint32_t cpus = 0;
  std::string cpu_model;
  std::string kernel;
  std::string command_line;
  std::vector<PeerReport> peers;
};

// What the table says of one server. Absent: no visit has it.
struct PeerSummary {
  std::string cipher;  // empty: it differs
  std::optional<figures::Spread> user_bytes;
  std::optional<figures::Spread> kernel_bytes;
  std::optional<figures::Spread> cpu_us;
  std::optional<figures::Spread> cpu_us_and_acks;
  figures::Spread p50_ms;
  figures::Spread p99_ms;
  figures::Spread p100_ms;
  uint64_t delivered = 0;
  uint64_t missing = 0;
  uint64_t duplicates = 0;
  uint32_t lost_clients = 0;
};
PeerSummary summary_of(const PeerReport& peer);

// Peer divided by Tocsin, of the medians.
struct Ratios {
  std::optional<double> memory;
  std::optional<double> cpu;
  std::optional<double> cpu_and_acks;
};
Ratios ratios_of(const PeerSummary& peer, const PeerSummary& tocsin);

// nullptr when it was not asked for or is absent.
const PeerReport* tocsin_of(const Comparison& comparison);

// The measures that targets name: <peer>_memory_ratio, <peer>_cpu_ratio, and so on.
figures::Measures measures_of(const Comparison& comparison);

// Tocsin, if it was asked for, was measured, and every one of its devices got every message once.
bool all_well(const Comparison& comparison);

}  // namespace tocsin::compare
