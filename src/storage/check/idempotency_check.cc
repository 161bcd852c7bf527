#include "storage/check/idempotency_check.h"

#include <fmt/format.h>

#include "base/fixed_int.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

void check_idempotency_row(StoreUnderCheck& checked, std::string_view key, std::string_view value) {
  internal::IdempotencyRow row;
  const bool parsed = row.ParseFromArray(value.data(), static_cast<int>(value.size()));
  const bool has_key = key.size() > app_key({}).size();
  if (!has_key || !parsed || row.message_id() == 0 ||
      row.kept_until_ms() != row.accepted_at_ms() + limits::idempotency_ms) {
    return checked.finding(Family::idempotency, key, "is not the answer to a call");
  }
  const auto app = get_be<uint32_t>(key);
  if (!checked.known.apps.contains(app)) {
    checked.finding(Family::idempotency, key,
                    fmt::format("belongs to app number {}, which does not exist", app));
  }
}

}  // namespace

void check_idempotency(StoreUnderCheck& checked) {
  checked.each_row(Family::idempotency,
                   [&](auto key, auto value) { check_idempotency_row(checked, key, value); });
}

}  // namespace tocsin::storage
