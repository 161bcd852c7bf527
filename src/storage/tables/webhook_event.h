// What storage says about an app's webhook: events that wait for it, and those that were given up.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"

namespace tocsin::storage {

// What happened to one message on some devices.
struct WebhookEvent {
  // As tocsin.v1.WebhookEvent.Type, and on disk.
  enum class Kind : uint8_t {
    delivered = 1,
    opened = 2,
    replaced = 3,
    recalled = 4,
    dropped = 5,
    capped = 7,
    stopped = 8
  };
  uint64_t sequence = 0;  // counts up, app by app
  Kind kind = Kind::delivered;
  MessageId message;
  uint64_t at_ms = 0;
  uint64_t devices = 0;         // how many
  std::vector<DeviceId> known;  // of them; without those deleted since
};

struct WebhookQueue {
  uint64_t events = 0;
  uint64_t bytes = 0;
  uint64_t dropped_events = 0;  // ever
  uint64_t dead_letters = 0;
  uint64_t dropped_dead_letters = 0;  // ever
};

struct DeadLetter {
  uint64_t first = 0;  // sequence numbers of its events; this one is its id
  uint64_t last = 0;
  uint64_t events = 0;
  uint64_t first_at_ms = 0;  // when the first one happened
  uint64_t failed_at_ms = 0;
  uint32_t attempts = 0;
  std::string error;
};

}  // namespace tocsin::storage
