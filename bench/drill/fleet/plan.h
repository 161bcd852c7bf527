// Plan: whom a worker simulates against what, and what it tells of that.
//
// A worker is a copy of the coordinator's process: its plan is there when it begins, and what it
// tells is in memory that both see (worker.h, arrivals.h).
//
// Thread: values.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "harness/server.h"

namespace tocsin::bench::drill {

inline constexpr uint32_t devices_per_worker_max = 18'000;
// Devices behind one source address: below the 28,232 ports Linux gives out by default.
inline constexpr uint32_t devices_per_source_max = 25'000;
// 127.0.0.2 and up; the first devices use 127.0.0.1.
inline constexpr uint32_t sources_max = 250;

// The devices first .. first + count - 1 of the fleet.
struct Share {
  uint32_t first = 0;
  uint32_t count = 0;

  bool operator==(const Share&) const = default;
};

struct Plan {
  Share share;
  uint32_t rounds = 0;  // warm-up included
  uint32_t handshakes = 1;
  uint32_t heartbeat_s = 0;
  uint32_t stuck_percent = 0;
  uint32_t resume_percent = 0;
  bool spread_sources = false;  // the server is on loopback: connect from 127.0.0.1, .2, ...
  uint64_t seed = 0;            // of this drill: install nonces derive from it
  std::string app;              // of the same name on every server
  std::string mark;             // title of this drill's alerts: mark, blank, round
  // The share's devices belong to these in order; their numbers add up to its count.
  std::vector<Gateway> gateways;
};

// Never the same twice.
inline uint64_t random_seed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

// All `devices` of one server, for one worker.
inline Plan plan_for(const ServerUnderTest& server, uint32_t devices, const std::string& mark) {
  Plan plan;
  plan.share.count = devices;
  plan.seed = random_seed();
  plan.app = server.keys.app;
  plan.mark = mark;
  plan.gateways = {server.gateway_for(devices)};
  return plan;
}

struct WorkerStatus {
  uint32_t live = 0;                // sessions open now, stuck devices included
  uint32_t given_up = 0;            // devices that a retry cannot help
  uint64_t handshakes = 0;          // finished, of first connections and reconnections
  uint64_t resumed = 0;             // of handshakes, with the ticket of an earlier one
  uint64_t failures = 0;            // attempts that failed
  uint64_t reconnects = 0;          // sessions lost and opened again
  uint64_t stuck_unread_bytes = 0;  // in the sockets of stuck devices, at the last look
  uint32_t stuck_looks = 0;         // how many have been taken
  bool has_failed = false;          // the worker cannot go on, for the reason in last_failure
  char last_failure[300] = {};

  void set_last_failure(std::string_view why) {
    last_failure[why.copy(last_failure, sizeof last_failure - 1)] = 0;
  }
  bool operator==(const WorkerStatus&) const = default;
};

// Whether device `index` of the fleet is one of `percent` in a hundred: spread evenly, so that of
// the first n devices exactly floor(n * percent / 100) are.
constexpr bool is_of_percent(uint64_t index, uint32_t percent) {
  return (index + 1) * percent / 100 > index * percent / 100;
}
constexpr uint64_t number_of_percent(uint64_t devices, uint32_t percent) {
  return devices * percent / 100;
}

// The address device `index` connects from, as the last number of 127.0.0.x.
constexpr uint8_t source_of(uint64_t index) {
  return static_cast<uint8_t>(1 + index / devices_per_source_max % sources_max);
}

}  // namespace tocsin::bench::drill
