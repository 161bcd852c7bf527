// FrequencyCap: no device gets more messages of an app a day than the app allows.
//
// For every day (UTC) and number n there is the set of devices that at least n messages of that day
// were for. A new message leaves out whoever is in the set of the cap, and moves everybody else one
// set further. What counts is that a message was for a device, not whether it has it yet: state is
// a function of the log alone.
//
// Thread: the storage thread.  Bound: frequency_cap_max sets a day and app; two days are kept.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "sets/device_set.h"
#include "storage/apply/apply_step.h"

namespace tocsin::storage {

// Count a message that is for `targeted`; returns those of them that have had `cap` messages on the
// day of `accepted_at_ms` and get no more. Requires 1 <= cap <= frequency_cap_max.
absl::StatusOr<sets::DeviceSet> count_and_cap(AppId app, uint64_t accepted_at_ms, uint32_t cap,
                                              const sets::DeviceSet& targeted, const Store& store,
                                              Batch& batch);

}  // namespace tocsin::storage
