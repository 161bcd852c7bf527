// Idempotency: what a call with a key was answered, so that a repeat of it gets the same answer
// instead of a second message.
//
// Thread: the storage lane.  Bound: a row for each key for idempotency_ms.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "storage/storage.h"
#include "storage/store/store.h"

namespace tocsin::storage {

// A call with its key, as its record says. `first.accepted_at_ms` is the time of the record.
struct KeyedCall {
  AppId app;
  std::string_view key;  // empty: it has none
  FirstAnswer first;
};

// Keep the answer. The first one stays, for idempotency_ms; one that comes later in the log with
// the same key is a message all the same. INVALID_ARGUMENT for a key or a fingerprint too long.
absl::Status keep_answer(const KeyedCall& call, const Store& store, Store::Batch& batch);

// nullopt: none, or it is older than idempotency_ms at `now_ms`.
absl::StatusOr<std::optional<FirstAnswer>> find_first_answer(const Store& store, AppId app,
                                                             std::string_view key, uint64_t now_ms);

}  // namespace tocsin::storage
