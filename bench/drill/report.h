// Report: everything one drill found out, as a value; the table and the JSON are made from it.
//
// What could not be measured (no process id of the server, no /proc) is absent, never zero.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drill/latency_distribution.h"
#include "drill/targets.h"

namespace tocsin::drill {

// The server's own books of one alert (GET /v1/apps/{app}/messages/{id}).
struct Books {
  uint64_t targeted = 0;
  uint64_t pending = 0;
  uint64_t delivered = 0;
  uint64_t expired = 0;
  uint64_t dropped = 0;

  bool operator==(const Books&) const = default;
};

struct RoundReport {
  std::string message_id;
  uint64_t expected = 0;         // devices that are not stuck, connected or not
  uint64_t delivered = 0;        // of those, that the alert was handed to the app of
  uint64_t missing = 0;          // expected - delivered
  uint64_t app_duplicates = 0;   // handed to an app again: never right
  uint64_t wire_duplicates = 0;  // came again and was dropped by the client, as it should be
  double accepted_ms = 0;        // API call to its answer
  double p50_ms = 0;             // API call to the device's decrypted push
  double p90_ms = 0;
  double p99_ms = 0;
  double p99_9_ms = 0;
  double p100_ms = 0;
  std::optional<double> server_cpu_us_per_delivery;           // until the last device had it
  std::optional<double> server_cpu_us_per_delivery_and_acks;  // until the books were closed
  std::optional<Books> books;  // absent when the report could not be read
  bool books_closed = false;   // they say what the devices say
  double books_ms = 0;         // API call to the books being closed, or being given up on
};

struct ConnectReport {
  uint64_t devices = 0;
  uint64_t stuck = 0;
  uint64_t connected = 0;
  uint64_t failures = 0;    // attempts that failed and were tried again
  uint64_t reconnects = 0;  // sessions lost during the drill and opened again
  double seconds = 0;
  double handshakes_per_s = 0;
  std::string last_failure;
};

struct MemoryReport {
  std::optional<uint64_t> server_rss_bytes_before;
  std::optional<uint64_t> server_rss_bytes_after;
  bool settled = false;
  std::optional<double> user_bytes_per_connection;
  std::optional<double> kernel_bytes_per_connection;  // both ends together, device and server
  std::string kernel_source;                          // "/proc/slabinfo" or "/proc/meminfo"
};

struct Report {
  std::string priority;
  uint32_t payload_bytes = 0;
  uint32_t stuck_percent = 0;
  uint32_t workers = 0;
  uint32_t cpus = 0;
  std::string cpu_model;
  std::string kernel;
  ConnectReport connect;
  MemoryReport memory;
  std::vector<RoundReport> rounds;
};

// Over the rounds, of one member of RoundReport.
Spread spread_over(const std::vector<RoundReport>& rounds, double RoundReport::*member);
// Over the rounds that have it; nullopt when none has.
std::optional<Spread> spread_over(const std::vector<RoundReport>& rounds,
                                  std::optional<double> RoundReport::*member);
// Summed over the rounds.
uint64_t total_over(const std::vector<RoundReport>& rounds, uint64_t RoundReport::*member);
// Rounds whose books were not closed in time.
uint64_t rounds_not_closed(const std::vector<RoundReport>& rounds);

// The measures that targets name: medians for times, sums for counts.
Measures measures_of(const Report& report);

// No device missed an alert, none got one twice.
bool all_well(const Report& report);

}  // namespace tocsin::drill
