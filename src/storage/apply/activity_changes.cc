#include "storage/apply/activity_changes.h"

#include <string>

#include "storage/store/keys.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

absl::Status add_to_row(const std::string& key, const Activity& change, const Store& store,
                        Batch& batch) {
  const auto bytes = store.get(Family::details, key);
  if (!bytes.ok()) return bytes.status();
  internal::ActivityRow row;
  if (bytes->has_value() && !row.ParseFromString(**bytes)) {
    return absl::DataLossError("a row of what happened in an app cannot be read");
  }
  row.set_messages(row.messages() + change.messages);
  row.set_targeted(row.targeted() + change.targeted);
  row.set_delivered(row.delivered() + change.delivered);
  row.set_opened(row.opened() + change.opened);
  row.set_dropped(row.dropped() + change.dropped);
  batch.put(Family::details, key, row.SerializeAsString());
  return absl::OkStatus();
}

bool is_nothing(const Activity& change) {
  return change.messages + change.targeted + change.delivered + change.opened + change.dropped == 0;
}

}  // namespace

absl::Status ActivityChanges::write(uint64_t log_time_ms, const Store& store, Batch& batch) const {
  const uint64_t at_ms = at_ms_ == 0 ? log_time_ms : at_ms_;
  for (const auto& [app, change] : by_app_) {
    if (is_nothing(change)) continue;
    for (const ActivityStep step : {ActivityStep::minute, ActivityStep::hour}) {
      const std::string key = activity_key({app, step, at_ms - at_ms % step_ms(step)});
      if (auto status = add_to_row(key, change, store, batch); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace tocsin::storage
