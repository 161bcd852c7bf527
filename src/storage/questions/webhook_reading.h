// Reading what waits for an app's webhook: the events of one request, with the ids of their
// devices, and the dead letters.
//
// Thread: the storage lane.
// Bound: webhook_post_events_max, webhook_post_devices_max; dead_letters_max.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

#include "storage/tables/ordinals.h"
#include "storage/tables/webhook_queues.h"

namespace tocsin::storage {

// The oldest events that fit one request, none behind number `until`. Their numbers have no gap, so
// that advancing over them cannot take along what comes back from a dead letter meanwhile. Devices
// that are deleted are not named; nor are those of an event so old that a place in it may be
// another device's by now.
absl::StatusOr<std::vector<WebhookEvent>> read_webhook_events(const Store& store,
                                                              const Ordinals& ordinals,
                                                              const WebhookQueues& queues,
                                                              AppId app, uint64_t until);

// The oldest first.
absl::StatusOr<std::vector<DeadLetter>> read_dead_letters(const Store& store, AppId app);

}  // namespace tocsin::storage
