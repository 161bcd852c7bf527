// MessageOrder: the order in which a device gets what it missed: alert first, then high, normal,
// low; oldest first within a lane (message ids rise with acceptance).
//
// Thread: values.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "base/ids.h"
#include "wire/messages.h"

namespace tocsin::storage {

struct MessageOrder {
  uint8_t lane = 0;  // 0 is the alert lane
  MessageId message;
  auto operator<=>(const MessageOrder&) const = default;
};

inline constexpr uint8_t alert_lane = 0;
inline constexpr size_t lanes = wire::priorities;

inline uint8_t lane_of(wire::Priority priority) {
  return static_cast<uint8_t>(static_cast<uint8_t>(wire::Priority::alert) -
                              static_cast<uint8_t>(priority));
}

inline MessageOrder order_of(wire::Priority priority, MessageId message) {
  return {lane_of(priority), message};
}

}  // namespace tocsin::storage
