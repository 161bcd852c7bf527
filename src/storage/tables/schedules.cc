#include "storage/tables/schedules.h"

#include <optional>
#include <utility>

#include "base/fixed_int.h"
#include "storage/store/keys.h"

namespace tocsin::storage {

absl::Status unreadable_schedule(MessageId message) {
  return absl::DataLossError("schedule " + message.text() + " cannot be read");
}

absl::StatusOr<std::optional<internal::Scheduled>> find_schedule(const Store& store, AppId app,
                                                                 MessageId message) {
  const auto bytes = store.get(Family::schedule, schedule_key(app, message));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::Scheduled>();
  internal::Scheduled row;
  if (!row.ParseFromString(**bytes)) return unreadable_schedule(message);
  return std::optional<internal::Scheduled>(std::move(row));
}

absl::StatusOr<uint64_t> count_schedules(const Store& store, AppId app) {
  const auto bytes = store.get(Family::schedule, schedule_count_key(app));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return uint64_t{0};
  if ((*bytes)->size() != 8) return absl::DataLossError("a row of `schedule` cannot be read");
  return get_le<uint64_t>(**bytes);
}

}  // namespace tocsin::storage
