// What coordinator and workers tell each other, as bytes over a socket pair.
//
//   message  :=  length (4 bytes) type (1 byte) body         length counts type and body
//   integers little endian; text is its length in 4 bytes and its bytes
//
//   coordinator -> worker    Plan   once, first: whom to simulate against what
//                            Arm    the next alert is round `round`
//                            Stop   end the process
//   worker -> coordinator    Status counters so far; on a timer, and at once when all is connected
//   or
//                                   all have the armed alert
//                            Failed the worker cannot go on; the process ends
//
// Arrival times do not travel here: see arrival_book.h.
//
// Thread: pure functions and values.  Bound: worker_message_bytes_max.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "wire/code.h"
#include "wire/hello_auth.h"

namespace tocsin::drill {

inline constexpr size_t worker_message_bytes_max = 2 * 1024 * 1024;
inline constexpr size_t failure_text_bytes_max = 300;

// A server's door, for `devices` of a worker.
struct Gateway {
  uint32_t devices = 0;
  std::string address;  // IPv4
  uint16_t port = 0;
  std::string server_name;  // that its certificate must be valid for
  std::string ca_pem;
  std::array<uint8_t, wire::registration_key_bytes> registration_key{};

  bool operator==(const Gateway&) const = default;
};

struct Plan {
  uint32_t first_device = 0;
  uint32_t devices = 0;
  uint32_t fleet_devices = 0;  // of all workers: the book's width
  uint32_t rounds = 0;         // warm-up included: the book's height
  uint32_t handshakes = 1;
  uint32_t heartbeat_s = 0;
  uint32_t stuck_percent = 0;
  uint32_t resume_percent = 0;
  bool spread_sources = false;  // the server is on loopback: connect from 127.0.0.1, .2, ...
  uint64_t seed = 0;            // of this drill: install nonces derive from it
  std::string app;              // of the same name on every server
  std::string mark;             // title of this drill's alerts: mark, blank, round
  // The worker's devices belong to these in order; their numbers add up to `devices`.
  std::vector<Gateway> gateways;

  bool operator==(const Plan&) const = default;
};

struct Arm {
  uint32_t round = 0;
  bool operator==(const Arm&) const = default;
};

struct Stop {
  bool operator==(const Stop&) const = default;
};

struct Status {
  uint32_t live = 0;      // sessions open now, stuck devices included
  uint32_t given_up = 0;  // devices that a retry cannot help
  uint32_t armed_round = 0;
  uint32_t got_armed = 0;           // devices that are not stuck and have the armed round's alert
  uint64_t handshakes = 0;          // finished, of first connections and reconnections
  uint64_t failures = 0;            // attempts that failed
  uint64_t reconnects = 0;          // sessions lost and opened again
  std::string last_failure;         // at most failure_text_bytes_max
  uint64_t stuck_unread_bytes = 0;  // in the sockets of stuck devices, as of the last Arm
  uint64_t resumed = 0;             // of handshakes, with the ticket of an earlier one

  bool operator==(const Status&) const = default;
};

struct Failed {
  std::string reason;
  bool operator==(const Failed&) const = default;
};

using WorkerMessage = std::variant<Plan, Arm, Stop, Status, Failed>;

// Append the whole message.
void append_worker_message(const WorkerMessage& message, Bytes& out);

// Read one message from the front of `in`. ok: `message` and `used` are set. incomplete: wait for
// more. too_large, malformed: not this protocol.
wire::Code read_worker_message(ByteView in, WorkerMessage& message, size_t& used);

}  // namespace tocsin::drill
