#include "storage/tables/idempotency.h"

#include <utility>

#include "storage/store/keys.h"

namespace tocsin::storage {

absl::StatusOr<std::optional<internal::IdempotencyRow>> find_first_answer(const Store& store,
                                                                          AppId app,
                                                                          std::string_view key,
                                                                          uint64_t now_ms) {
  const auto bytes = store.get(Family::idempotency, idempotency_key_of(app, key));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::IdempotencyRow>();
  internal::IdempotencyRow row;
  if (!row.ParseFromString(**bytes)) {
    return absl::DataLossError("a row of `idempotency` cannot be read");
  }
  if (row.kept_until_ms() <= now_ms) return std::optional<internal::IdempotencyRow>();
  return std::optional<internal::IdempotencyRow>(std::move(row));
}

}  // namespace tocsin::storage
