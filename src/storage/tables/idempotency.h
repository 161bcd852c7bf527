// Idempotency: what a call with a key was answered, so that a repeat of it gets the same answer
// instead of a second message.
//
// Thread: the storage thread.  Bound: a row for each key for idempotency_ms.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// nullopt: none, or it is older than idempotency_ms at `now_ms`.
absl::StatusOr<std::optional<internal::IdempotencyRow>> find_first_answer(const Store& store,
                                                                          AppId app,
                                                                          std::string_view key,
                                                                          uint64_t now_ms);

}  // namespace tocsin::storage
