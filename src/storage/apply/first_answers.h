// Keeping what the first call with an idempotency key was answered.
//
// Thread: the storage thread.
#pragma once

#include <cstdint>
#include <string_view>

#include <absl/status/status.h>

#include "storage/store/batch.h"
#include "storage/tables/idempotency.h"

namespace tocsin::storage {

// A call with its key, as its record says.
struct KeyedCall {
  AppId app;
  std::string_view key;  // empty: it has none
  MessageId message;
  std::string_view fingerprint;
  uint64_t accepted_at_ms = 0;  // the time of the record
  uint64_t expires_at_ms = 0;   // of the message; 0: it is scheduled
};

// Keep the answer. The first one stays, for idempotency_ms; one that comes later in the log with
// the same key is a message all the same. INVALID_ARGUMENT for a key or a fingerprint too long.
absl::Status keep_answer(const KeyedCall& call, const Store& store, Batch& batch);

}  // namespace tocsin::storage
