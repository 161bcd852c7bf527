// How far a rollout is, as questions are answered.
//
// Thread: pure function.
#pragma once

#include "tocsin/internal/query.pb.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Of a message with a rollout.
inline internal::RolloutProgress progress_of(const internal::MessageRow& row) {
  internal::RolloutProgress progress;
  progress.set_app_id(row.envelope().app_id());
  progress.set_message_id(row.envelope().message_id());
  progress.set_expires_at_ms(row.envelope().expires_at_ms());
  *progress.mutable_row() = row.rollout();
  return progress;
}

}  // namespace tocsin::storage
