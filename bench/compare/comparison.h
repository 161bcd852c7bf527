// Comparison: everything one run found out about all servers, as a value; measures, JSON and tables
// are made from it.
//
// What could not be measured is absent, never zero.
//
// Thread: a value and pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/figures.h"
#include "harness/json.h"

namespace tocsin::bench::compare {

// One broadcast.
struct Round {
  uint64_t delivered = 0;
  uint64_t missing = 0;
  uint64_t duplicates = 0;
  std::optional<double> cpu_us_per_delivery;           // until the last client had it
  std::optional<double> cpu_us_per_delivery_and_acks;  // until a second later; Tocsin: books closed
  std::optional<double> p50_ms;                        // publish written to decrypted
  std::optional<double> p99_ms;
  std::optional<double> p100_ms;
};
BOOST_DESCRIBE_STRUCT(Round, (),
                      (delivered, missing, duplicates, cpu_us_per_delivery,
                       cpu_us_per_delivery_and_acks, p50_ms, p99_ms, p100_ms))

// One server started, filled with clients, measured and ended.
struct Visit {
  std::string cipher;  // empty: it differs between connections
  double connect_s = 0;
  bool memory_settled = false;
  std::optional<double> user_bytes_per_connection;    // of the server
  std::optional<double> kernel_bytes_per_connection;  // both ends
  std::vector<Round> rounds;
  uint32_t lost_clients = 0;
  std::optional<std::string> last_loss;
};
BOOST_DESCRIBE_STRUCT(Visit, (),
                      (cipher, connect_s, memory_settled, lost_clients, last_loss,
                       user_bytes_per_connection, kernel_bytes_per_connection, rounds))

// One server in one mode, over all visits.
struct PeerReport {
  std::string name;
  std::string title;
  std::string version;
  std::optional<std::string> absent;  // why it could not be measured
  std::vector<Visit> visits;
};
BOOST_DESCRIBE_STRUCT(PeerReport, (), (name, title, version, absent, visits))

struct Comparison {
  uint32_t devices = 0;
  uint32_t payload_bytes = 0;
  uint32_t rounds = 0;
  uint32_t passes = 0;
  uint32_t cpus = 0;
  std::string command_line;
  std::vector<PeerReport> peers;
};
BOOST_DESCRIBE_STRUCT(Comparison, (), (devices, payload_bytes, rounds, passes, cpus, command_line))

// What the table says of one server.
struct PeerSummary {
  std::string cipher;  // empty: it differs
  // By their keys in JSON, "cpu_us_per_delivery" and so on: over the visits or the rounds.
  std::map<std::string, Series> figures;
  uint64_t delivered = 0;
  uint64_t missing = 0;
  uint64_t duplicates = 0;
  uint32_t lost_clients = 0;
};
BOOST_DESCRIBE_STRUCT(PeerSummary, (), (delivered, missing, duplicates))
PeerSummary summary_of(const PeerReport& peer);

// The measures that targets name: <peer>_memory_ratio, <peer>_cpu_ratio, and so on.
Json measures_of(const Comparison& comparison);
// The keys are documented in bench/README.md.
Json json_of(const Comparison& comparison);
// For people, with what was compared above it, and what else must be said below it: plain text, or
// Markdown for bench/results/.
std::string table_of(const Comparison& comparison, bool is_markdown);

// Tocsin, if it was asked for, was measured, and every one of its devices got every message once.
bool all_well(const Comparison& comparison);

}  // namespace tocsin::bench::compare
