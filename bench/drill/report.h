// Report: everything one drill found out, as a value; table, JSON, measures and page are made of it.
//
// What could not be measured (no process id of the server, no /proc) is absent, never zero.
//
// Thread: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drill/coordinator/resource_sampler.h"
#include "harness/api_client.h"
#include "harness/bench.h"
#include "harness/figures.h"
#include "harness/json.h"
#include "harness/memory_probe.h"

namespace tocsin::bench::drill {

struct RoundReport {
  std::string message_id;                               // on the first server
  std::optional<std::vector<std::string>> message_ids;  // on each, when there are several
  uint64_t expected = 0;         // devices that are not stuck, connected or not
  uint64_t delivered = 0;        // of those, that the alert was handed to the app of
  uint64_t missing = 0;          // expected - delivered
  uint64_t duplicates = 0;       // handed to an app again: never right
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
  // Of the servers' own last deliveries; empty with one server.
  Series spread_between_servers_ms;
  // Of the gateway shards of all servers: from the alert's arrival there to its last send.
  Series fan_out_of_shards_ms;
  // Its cumulative curve: after that many milliseconds, this share of the expected had it.
  std::vector<std::pair<double, double>> curve;
};
BOOST_DESCRIBE_STRUCT(RoundReport, (),
                      (message_id, message_ids, expected, delivered, missing, duplicates,
                       wire_duplicates, accepted_ms, p50_ms, p90_ms, p99_ms, p99_9_ms, p100_ms,
                       server_cpu_us_per_delivery, server_cpu_us_per_delivery_and_acks,
                       spread_between_servers_ms, fan_out_of_shards_ms, books, books_closed,
                       books_ms))

// A measured alert once more, sent while a broadcast to the same devices was under way.
struct CompetingReport {
  RoundReport alert;
  RoundReport broadcast;
  double broadcast_percent_at_alert = 0;  // devices that had the broadcast when the alert was sent
  double p100_ratio = 0;                  // to the same round's alert alone
};
BOOST_DESCRIBE_STRUCT(CompetingReport, (),
                      (p100_ratio, broadcast_percent_at_alert, alert, broadcast))

// Devices that never read.
struct StuckReport {
  uint64_t unread_bytes = 0;  // in all their sockets, before the last alert
  std::optional<uint64_t> closed_by_server;
};
BOOST_DESCRIBE_STRUCT(StuckReport, (), (unread_bytes, closed_by_server))

struct Setting {
  uint64_t devices = 0;
  uint64_t stuck = 0;
  std::string priority;
  uint32_t payload_bytes = 0;
  uint32_t rounds = 0;
  uint32_t workers = 0;
  uint32_t workers_at_once = 0;  // that connected at the same time
  uint32_t servers = 1;
  uint64_t asked_devices = 0;             // more than devices when the machine had no room
  std::optional<std::string> limited_by;  // why
  uint32_t cpus = 0;
};
BOOST_DESCRIBE_STRUCT(Setting, (),
                      (devices, stuck, priority, payload_bytes, rounds, workers, workers_at_once,
                       servers, asked_devices, limited_by, cpus))

struct ConnectReport {
  uint64_t connected = 0;
  uint64_t failures = 0;    // attempts that failed and were tried again
  uint64_t reconnects = 0;  // sessions lost during the drill and opened again
  double seconds = 0;
  double handshakes_per_s = 0;
  uint64_t handshakes_full = 0;
  uint64_t handshakes_resumed = 0;
  std::optional<std::string> last_failure;
};
BOOST_DESCRIBE_STRUCT(ConnectReport, (),
                      (connected, failures, reconnects, seconds, handshakes_per_s, handshakes_full,
                       handshakes_resumed, last_failure))

struct Report {
  Setting setting;
  ConnectReport connect;
  MemoryReport memory;
  std::vector<RoundReport> rounds;
  std::vector<CompetingReport> competing;  // empty, or one for each of rounds
  std::optional<StuckReport> stuck;
  std::string command;
  Timeline timeline;
};

// No device missed an alert, none got one twice.
bool all_well(const Report& report);

// The measures that targets name: medians for times, sums for counts.
Json measures_of(const Report& report);
// The document; every key is described in bench/README.md.
Json json_of(const Report& report);
// For people: a table with units, and the verdict last.
std::string table_of(const Report& report);

// For people with a browser: one file without any reference to another, so that it can be mailed and
// kept; light or dark as the reader's system is. page.html is the page; its script draws the drill's
// JSON document, to which the curves of the rounds and the timeline are added.
std::string page_of(const Report& report, const Json& document);

// About 240 points of the cumulative curve of `waits_ms`, evenly spaced in devices and with more at
// the slow end; the last one is the last device. `expected`: how many are the whole.
std::vector<std::pair<double, double>> curve_of(const Series& waits_ms, uint64_t expected);

}  // namespace tocsin::bench::drill
