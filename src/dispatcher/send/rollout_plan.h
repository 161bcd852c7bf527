// RolloutPlan: what the next step of a rollout is, and when.
//
//   canary: release the share -> watch -> judge -> enough have it: the rest follows
//                                           \-> too few: stop
//   the rest: a number of devices per second, or evenly over a time, or all at once
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "cluster/storage_client.h"

namespace tocsin::dispatcher {

struct RolloutStep {
  enum class Kind {
    wait,
    release,  // to `count` more devices
    judge,    // ask how the canaries are doing
    pass,     // the canaries are doing well
    stop,     // for the reason `why`
  };
  Kind kind = Kind::wait;
  uint64_t count = 0;
  std::string why = {};
};

// Requires a rollout that is running.
RolloutStep next_step(const internal::RolloutProgress& rollout, uint64_t now_ms);

// What follows from how the canaries are doing; wait while none of them has the message.
RolloutStep judge(const internal::RolloutProgress& rollout, const cluster::CanaryOutcome& outcome);

}  // namespace tocsin::dispatcher
