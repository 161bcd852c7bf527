#include "storage/apply/first_answers.h"

#include <string>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
absl::Status keep_answer(const KeyedCall& call, const Store& store, Batch& batch) {
  if (call.key.empty()) return absl::OkStatus();
  if (call.key.size() > limits::idempotency_key_bytes_max ||
      call.fingerprint.size() > limits::fingerprint_bytes_max) {
    return absl::InvalidArgumentError("an idempotency key or a fingerprint that is too long");
  }
  const auto before = find_first_answer(store, call.app, call.key, call.accepted_at_ms);
  if (!before.ok()) return before.status();
  if (before->has_value()) return absl::OkStatus();
  internal::IdempotencyRow row;
  row.set_message_id(call.message.value);
  row.set_fingerprint(std::string(call.fingerprint));
  row.set_accepted_at_ms(call.accepted_at_ms);
  row.set_expires_at_ms(call.expires_at_ms);
  row.set_kept_until_ms(call.accepted_at_ms + limits::idempotency_ms);
  batch.put(Family::idempotency, idempotency_key_of(call.app, call.key), row.SerializeAsString());
  return absl::OkStatus();
}

}  // namespace tocsin::storage
