// The states of a message on a device, one row each. Everything that counts, stores, checks, reports
// or tells them walks this table: a new end state is a row here, its value in query.proto and its
// field in the API's report.
//
//   targeted -> pending -- acknowledged --> delivered
//                  |--- its time to live ended --> expired
//                  +--- ... the other rows
//
// An acknowledgement that comes late still makes a message delivered.
//
// Thread: constants.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tocsin/internal/query.pb.h"

namespace tocsin::cluster {

struct DeliveryStateRow {
  internal::DeliveryState state;
  // The letter of its set on disk; 0: it has none, it is counted or follows from the time. Where the
  // sets of a message overlap, a device counts for the first in this table.
  char set;
  // In reports; one that is a drop counts under `dropped`, and by this name among the reasons.
  std::string_view name;
  bool is_drop;
  int webhook_event;        // tocsin.v1.WebhookEvent.Type; 0: the webhook is not told
  std::string_view reason;  // for people
};

inline constexpr std::array delivery_states = {
    DeliveryStateRow{internal::PENDING, 0, "pending", false, 0, ""},
    DeliveryStateRow{internal::DELIVERED, 'd', "delivered", false, 1,
                     "the app on the device has it"},
    DeliveryStateRow{internal::EXPIRED, 0, "expired", false, 0,
                     "its ttl ended before the device acknowledged it"},
    DeliveryStateRow{internal::REPLACED, 'r', "replaced", false, 3,
                     "a newer message with its collapse key took its place"},
    DeliveryStateRow{internal::RECALLED, 'c', "recalled", false, 4,
                     "it was recalled before the device acknowledged it"},
    DeliveryStateRow{internal::UNKNOWN_DEVICE, 0, "unknown_device", true, 0,
                     "the device was not registered"},
    DeliveryStateRow{internal::INBOX_FULL, 'x', "inbox_full", true, 5,
                     "too many messages were waiting for the device"},
    DeliveryStateRow{internal::DEVICE_DELETED, 'g', "device_deleted", true, 0,
                     "the device was deleted"},
    DeliveryStateRow{internal::ROLLOUT_STOPPED, 's', "rollout_stopped", true, 8,
                     "sending was stopped before it came to this device"},
    DeliveryStateRow{internal::FREQUENCY_CAP, 'f', "frequency_cap", true, 7,
                     "the device had as many messages that day as the app allows"},
};

inline constexpr size_t delivery_state_count = delivery_states.size();
static_assert(delivery_state_count == internal::DeliveryState_ARRAYSIZE);
static_assert([] {
  for (size_t i = 0; i < delivery_state_count; ++i) {
    if (static_cast<size_t>(delivery_states[i].state) != i) return false;
  }
  return true;
}());

constexpr const DeliveryStateRow& row_of(internal::DeliveryState state) {
  return delivery_states[static_cast<size_t>(state)];
}

}  // namespace tocsin::cluster
