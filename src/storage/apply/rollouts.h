// Rollouts: casts that reach their audience in steps. The audience is fixed when the cast is
// accepted; a step releases it to more of the devices, picked evenly from all that still wait, or
// ends the rest.
//   RUNNING --release, until no device is left--> DONE
//      \------stop: the rest do not get it-------> STOPPED
//
// The dispatcher decides when to make which step (dispatcher/send/rollouts.h). A message that is
// recalled or expires ends its rollout too.
//
// Thread: the storage thread.
// Bound: rollouts_per_app_max running (the dispatcher's).
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// The row of a rollout that begins: no device has the message yet.
void begin_rollout(const internal::Rollout& plan, const sets::DeviceSet& targeted,
                   internal::MessageRow& row, Batch& batch);

// INVALID_ARGUMENT for a record that is not a step. A step that is not the next one, or of a
// rollout that is not running, changes nothing.
absl::Status step_rollout(const internal::RolloutStepped& record, const ApplyParts& parts,
                          ApplyStep& step);

// The message is withdrawn: its rollout, if it has one, ends.
void end_rollout(internal::MessageRow& row, Batch& batch);

}  // namespace tocsin::storage
