// Message: one send of the test, what the server said to it, and where it arrived.
//
// The op number travels as data "op", so that a message whose 202 was lost in a crash is known by
// what its devices get.
//
// Thread: values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"

#include "tests/crash/history.h"

namespace tocsin::crash {

inline constexpr size_t tags_count = 6;
// The tag number `tag` as the server knows it.
inline std::string tag_name(size_t tag) { return "tag:" + std::to_string(tag); }

// A device of the fleet as the model knows it.
struct DevicePast {
  size_t app = 0;
  DeviceId id;  // once registered
  History registered;
  std::array<History, tags_count> tags;
};

struct Target {
  enum class Kind : uint8_t { devices, tag, everyone };
  Kind kind = Kind::everyone;
  std::vector<size_t> devices;
  size_t tag = 0;
};

// What one device had of a message.
struct Receipt {
  uint32_t on_wire = 0;
  uint32_t shown = 0;
  uint32_t shown_max = 1;  // more after a device died between showing and saving
};

// The report of a message.
struct Books {
  uint64_t targeted = 0;
  uint64_t pending = 0;
  uint64_t delivered = 0;
  uint64_t opened = 0;
  uint64_t expired = 0;
  uint64_t dropped = 0;
  uint64_t expires_at_ms = 0;
  bool operator==(const Books&) const = default;

  bool are_closed() const {
    return targeted == pending + delivered + expired + dropped && opened <= delivered;
  }
  std::string text() const;
};

struct Message {
  enum class Answer : uint8_t {
    none,      // none came: it exists, or not, but is one thing to all its devices
    accepted,  // 202
    refused,   // it must not exist
  };

  uint64_t op = 0;
  size_t app = 0;
  Target target;
  std::string priority;           // as in the API
  std::optional<uint32_t> ttl_s;  // the server's default without
  Moment asked = 0;
  Moment ended = never;  // it was in the log by then, or never will be
  Answer answer = Answer::none;
  MessageId id;  // as answered or as delivered; 0: unknown
  std::map<size_t, Receipt> receipts;
  uint32_t opened = 0;           // devices that said so
  std::optional<Books> settled;  // judged, and these were its books
  bool is_absent = false;        // judged: the server never had it

  size_t receivers() const;
};

// Whether `message` was meant for `device`, which is number `number`.
Certainty is_target(const Message& message, size_t number, const DevicePast& device);

// Whether nothing is pending, and everything that must be counted as delivered is. A device whose
// tag was being taken away when it got a cast need not be: when its ack dies with the server,
// nobody asks for it again.
bool are_at_rest(const Message& message, const std::vector<DevicePast>& devices, const Books& books,
                 uint64_t read_at_ms);

// What is wrong with a message whose books came to rest with nothing pending, one line each; empty
// when all is well. `read_at_ms`: wall clock when the books were read.
std::vector<std::string> judge(const Message& message, const std::vector<DevicePast>& devices,
                               const Books& books, uint64_t read_at_ms);

// "op 17, to tag 3, ttl 2 s, HIGH, accepted as 0123456789abcdef".
std::string describe(const Message& message);

}  // namespace tocsin::crash
