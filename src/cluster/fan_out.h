// FanOut: who tells the gateways whom an accepted message is for. Dispatcher and storage both ask
// it, so that a cast goes out once and by nobody twice.
//
// Thread: pure function.
#pragma once

#include "tocsin/internal/record.pb.h"

namespace tocsin::cluster {

enum class FanOut {
  inboxes,   // no cast: storage sends it to the devices it names, one by one
  gateways,  // the dispatcher casts it at once; each gateway knows which of its own are meant
  storage,   // only storage knows: an expression, conditions, steps, who had enough today
};

// Requires a target. Named devices have an inbox, unless something must be looked at before each
// delivery: only casts are.
inline FanOut fan_out_of(const internal::MessageAccepted& record) {
  const bool looked_at = record.envelope().has_conditions() || record.has_rollout();
  if (record.has_devices()) return looked_at ? FanOut::storage : FanOut::inboxes;
  const bool expression = record.target_case() == internal::MessageAccepted::kAudience;
  return looked_at || expression || record.frequency_cap() > 0 ? FanOut::storage : FanOut::gateways;
}

}  // namespace tocsin::cluster
