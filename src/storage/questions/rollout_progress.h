// How far a rollout has got, as answers say it.
//
// Thread: pure function.
#pragma once

#include "tocsin/internal/query.pb.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// For a message with a rollout.
inline internal::RolloutProgress progress_of(const internal::MessageRow& row) {
  internal::RolloutProgress progress;
  progress.set_app_id(row.envelope().app_id());
  progress.set_message_id(row.envelope().message_id());
  progress.set_expires_at_ms(row.envelope().expires_at_ms());
  *progress.mutable_row() = row.rollout();
  return progress;
}

}  // namespace tocsin::storage
