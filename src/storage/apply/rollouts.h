// Rollouts: casts that reach their audience in steps. Whom each is for is fixed when it is
// accepted; a step releases it to more of them, picked evenly from all that still wait, or ends the
// rest.
//
//   RUNNING --release, until nobody is left--> DONE
//      \------stop: who waits gets it no more--> STOPPED
//
// When to make which step is the dispatcher's (dispatcher/send/rollouts.h). A message that is recalled
// or expires ends its rollout too.
//
// Thread: the storage thread.  Bound: rollouts_per_app_max running (the dispatcher's).
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// The row of a rollout that begins: nobody has it yet.
void begin_rollout(const internal::Rollout& plan, const sets::DeviceSet& targeted,
                   internal::MessageRow& row, Batch& batch);

// INVALID_ARGUMENT for a record that is none. A step that is not the next, or of a rollout that
// does not run, changes nothing.
absl::Status step_rollout(const internal::RolloutStepped& record, const ApplyParts& parts,
                          ApplyStep& step);

// The message is withdrawn: its rollout, if it has one, runs no more.
void end_rollout(internal::MessageRow& row, Batch& batch);

}  // namespace tocsin::storage
