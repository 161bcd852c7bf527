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

#include "figures/spread.h"
#include "figures/targets.h"

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

// A point of a round's cumulative curve: after `wait_ms`, `share` of the expected had it.
struct CurvePoint {
  double wait_ms = 0;
  double share = 0;
};

struct RoundReport {
  std::string message_id;                // on the first server
  std::vector<std::string> message_ids;  // on each, when there are several
  uint64_t expected = 0;                 // devices that are not stuck, connected or not
  uint64_t delivered = 0;                // of those, that the alert was handed to the app of
  uint64_t missing = 0;                  // expected - delivered
  uint64_t app_duplicates = 0;           // handed to an app again: never right
  uint64_t wire_duplicates = 0;  // came again and was dropped by the client, as it should be
  double accepted_ms = 0;        // API call to its answer
  double p50_ms = 0;             // API call to the device's decrypted push
  double p90_ms = 0;
  double p99_ms = 0;
  double p99_9_ms = 0;
  double p100_ms = 0;
  std::optional<double> server_cpu_us_per_delivery;           // until the last device had it
  std::optional<double> server_cpu_us_per_delivery_and_acks;  // until the books were closed
  std::optional<Books> books;  // all servers'; absent when one could not be read
  bool books_closed = false;   // they say what the devices say
  double books_ms = 0;         // API call to the books being closed, or being given up on
  // Of the servers' own last deliveries; absent with one server.
  std::optional<figures::Spread> spread_between_servers_ms;
  // Of the gateway shards of all servers: from the alert's arrival there to its last send.
  std::optional<figures::Spread> fan_out_of_shards_ms;
  std::vector<CurvePoint> curve;  // for the chart
};

// A measured alert once more, sent while a broadcast to the same devices was under way.
struct CompetingReport {
  RoundReport alert;
  RoundReport broadcast;
  double broadcast_percent_at_alert = 0;  // devices that had the broadcast when the alert was sent
  double p100_ratio = 0;                  // to the same round's alert alone
};

// Devices that never read.
struct StuckReport {
  uint64_t unread_bytes = 0;  // in all their sockets, before the last alert
  std::optional<uint64_t> closed_by_server;
};

// Memory and CPU over the whole drill.
struct TimelineSample {
  double at_s = 0;
  double servers_rss_bytes = 0;
  double workers_rss_bytes = 0;
  double servers_cpu_percent = 0;  // of one core, since the sample before
  double workers_cpu_percent = 0;
};

struct TimelineMark {
  double at_s = 0;
  std::string name;  // of the phase that begins
};

struct Timeline {
  std::vector<TimelineSample> samples;
  std::vector<TimelineMark> marks;
};

struct ConnectReport {
  uint64_t devices = 0;
  uint64_t stuck = 0;
  uint64_t connected = 0;
  uint64_t failures = 0;    // attempts that failed and were tried again
  uint64_t reconnects = 0;  // sessions lost during the drill and opened again
  double seconds = 0;
  double handshakes_per_s = 0;
  uint64_t handshakes_full = 0;
  uint64_t handshakes_resumed = 0;
  std::string last_failure;
};

// The machine's memory at one moment.
struct MemoryLook {
  std::optional<uint64_t> servers_rss_bytes;  // of all servers together
  std::optional<uint64_t> workers_rss_bytes;
  std::optional<uint64_t> coordinator_rss_bytes;
  std::optional<uint64_t> slab_bytes;  // all of the kernel's
  std::optional<uint64_t> available_bytes;
};

struct MemoryReport {
  MemoryLook before;
  MemoryLook after;
  bool settled = false;
  std::optional<double> user_bytes_per_connection;    // of the servers
  std::optional<double> kernel_bytes_per_connection;  // both ends together, device and server
  std::string kernel_source;                          // "/proc/slabinfo" or "/proc/meminfo"
  std::optional<double> worker_bytes_per_connection;
  std::optional<double> slab_bytes_per_connection;
  std::optional<double> machine_bytes_per_connection;  // by which MemAvailable fell
};

struct Report {
  std::string priority;
  uint32_t payload_bytes = 0;
  uint32_t stuck_percent = 0;
  uint32_t workers = 0;
  uint32_t workers_at_once = 0;  // that connected at the same time
  uint32_t servers = 1;
  uint32_t cpus = 0;
  std::string cpu_model;
  std::string kernel;
  ConnectReport connect;
  MemoryReport memory;
  std::vector<RoundReport> rounds;
  std::vector<CompetingReport> competing;  // empty, or one for each of rounds
  std::optional<StuckReport> stuck;
  uint64_t asked_devices = 0;  // more than connect.devices when the machine had no room
  std::string limited_by;      // why
  std::string command;
  Timeline timeline;
};

// Over the rounds, of one member of RoundReport.
figures::Spread spread_over(const std::vector<RoundReport>& rounds, double RoundReport::*member);
// Over the rounds that have it; nullopt when none has.
std::optional<figures::Spread> spread_over(const std::vector<RoundReport>& rounds,
                                           std::optional<double> RoundReport::*member);
// Summed over the rounds.
uint64_t total_over(const std::vector<RoundReport>& rounds, uint64_t RoundReport::*member);
// Rounds whose books were not closed in time.
uint64_t rounds_not_closed(const std::vector<RoundReport>& rounds);

// The alerts alone, and behind each its competing ones: every message whose delivery was asked for.
std::vector<RoundReport> all_rounds(const Report& report);
// Over the competing rounds; nullopt when there are none.
std::optional<figures::Spread> spread_over(const std::vector<CompetingReport>& rounds,
                                           double CompetingReport::*member);
std::optional<figures::Spread> competing_p100_ms(const Report& report);

// The measures that targets name: medians for times, sums for counts.
figures::Measures measures_of(const Report& report);

// No device missed an alert, none got one twice.
bool all_well(const Report& report);

}  // namespace tocsin::drill
