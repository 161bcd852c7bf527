#include "storage/tables/idempotency.h"

#include <utility>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

absl::Status keep_answer(const KeyedCall& call, const Store& store, Store::Batch& batch) {
  if (call.key.empty()) return absl::OkStatus();
  if (call.key.size() > limits::idempotency_key_bytes_max ||
      call.first.fingerprint.size() > limits::fingerprint_bytes_max) {
    return absl::InvalidArgumentError("an idempotency key or a fingerprint that is too long");
  }
  const auto before = find_first_answer(store, call.app, call.key, call.first.accepted_at_ms);
  if (!before.ok()) return before.status();
  if (before->has_value()) return absl::OkStatus();
  internal::IdempotencyRow row;
  row.set_message_id(call.first.message.value);
  row.set_fingerprint(call.first.fingerprint);
  row.set_accepted_at_ms(call.first.accepted_at_ms);
  row.set_expires_at_ms(call.first.expires_at_ms);
  row.set_kept_until_ms(call.first.accepted_at_ms + limits::idempotency_ms);
  batch.put(Family::idempotency, idempotency_key_of(call.app, call.key), row.SerializeAsString());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<FirstAnswer>> find_first_answer(const Store& store, AppId app,
                                                             std::string_view key,
                                                             uint64_t now_ms) {
  const auto bytes = store.get(Family::idempotency, idempotency_key_of(app, key));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<FirstAnswer>();
  internal::IdempotencyRow row;
  if (!row.ParseFromString(**bytes)) {
    return absl::DataLossError("a row of `idempotency` cannot be read");
  }
  if (row.kept_until_ms() <= now_ms) return std::optional<FirstAnswer>();
  return std::optional<FirstAnswer>(FirstAnswer{MessageId{row.message_id()}, row.fingerprint(),
                                                row.accepted_at_ms(), row.expires_at_ms()});
}

}  // namespace tocsin::storage
