// Options: what the command line of tocsin-drill asks for.
//
// Thread: a value.  Bound: the limits below; a line outside them is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/bench.h"
#include "harness/server.h"

namespace tocsin::bench::drill {

inline constexpr size_t devices_max = 4'000'000;
inline constexpr uint32_t rounds_max = 100;
inline constexpr uint32_t workers_max = 1024;
inline constexpr uint32_t handshakes_max = 1024;
inline constexpr uint32_t servers_max = 256;
// Twice what one server lets a device have unread, socket and backlog together.
inline constexpr uint32_t stuck_flood_kib_max = 512;
inline constexpr uint32_t payload_bytes_min = 32;  // room for the mark a push is known by

extern const Program program;

struct Options : BenchOptions {
  Options() : BenchOptions("drill") {}
  void declare() override;
  void declare_fleet();
  void declare_alert();
  void declare_server();
  void declare_waits();
  std::string finish(const CLI::App& app) override;

  // The fleet.
  size_t devices = 1000;
  uint32_t workers = 0;          // 0: as many as the machine and the devices ask for
  uint32_t workers_at_once = 0;  // that connect; 0: see connecting_workers
  uint32_t handshakes = 64;
  uint32_t handshakes_total = 0;   // 0: see handshakes_per_worker
  bool largest_that_fits = false;  // instead of refusing a fleet the machine has no room for
  uint32_t heartbeat_s = 0;        // 0: the server's choice
  uint32_t stuck_percent = 0;
  uint32_t resume_percent = 0;   // of the handshakes, as of devices that were here before
  uint32_t stuck_flood_kib = 0;  // sent to everyone first, so that stuck sockets are full

  // The alert.
  uint32_t rounds = 1;
  uint32_t warmup_rounds = 0;
  uint32_t payload_bytes = 150;
  std::string priority = "alert";
  bool competing = false;  // every alert once more, against a broadcast under way

  // The server: `spawn` is a path, or `server` is filled.
  std::string spawn;
  std::vector<std::string> spawn_args;
  uint32_t servers = 1;  // processes of `spawn`; 0: as many as open files and devices demand
  bool keep = false;
  ServerAddress server;

  // How long to wait for what.
  uint32_t connect_timeout_s = 0;  // 0: a minute, and a second more for every 100 devices
  uint32_t settle_timeout_s = 20;
  uint32_t settle_still_s = 6;  // memory that stands still this long has settled
  uint32_t alert_timeout_ms = 10'000;
  uint32_t books_timeout_s = 30;

  // The answer.
  std::string html;     // a file, empty for none
  std::string command;  // as it was given, keys hidden; whoever reads the line fills it in
};

// The wait for all devices to be connected, seconds.
uint32_t connect_timeout_s_of(const Options& options);

// Messages the drill sends: the flood, warm-up and measured rounds. With --competing a measured
// round is three: the alert alone, the broadcast, the alert against it.
uint32_t messages_of(const Options& options);
// Of those, the ones of the flood, each of flood_message_bytes.
uint32_t flood_messages_of(const Options& options);
inline constexpr uint32_t flood_message_bytes = 4000;

// How many of `workers` connect at once: --workers-at-once, or all with one server. With several it
// is one for each CPU, at least two, for the reason that Turns gives.
uint32_t connecting_workers(const Options& options, uint32_t workers, uint32_t servers,
                            uint32_t cpus);

// Handshakes under way at once in each of `workers` workers that connect at once: --handshakes, or
// its part of --handshakes-total; never 0. With several servers --handshakes is the total, because
// a machine that needs them shares few CPUs among many workers.
uint32_t handshakes_per_worker(const Options& options, uint32_t workers, uint32_t servers);

// The arguments as a line for a shell, the values of keys replaced by "...".
std::string command_line(const std::vector<std::string>& arguments);

}  // namespace tocsin::bench::drill
