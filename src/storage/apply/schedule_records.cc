#include "storage/apply/schedule_records.h"

#include <algorithm>
#include <string>

#include "base/fixed_int.h"
#include "base/limits.h"
#include "storage/apply/first_answers.h"
#include "storage/store/keys.h"
#include "storage/tables/schedules.h"

namespace tocsin::storage {
namespace {

void put_count(AppId app, uint64_t count, Batch& batch) {
  std::string bytes;
  put_le(count, bytes);
  batch.put(Family::schedule, schedule_count_key(app), bytes);
}

absl::Status put(AppId app, MessageId message, const internal::Scheduled& row, const Store& store,
                 Batch& batch) {
  const auto before = find_schedule(store, app, message);
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    batch.remove(Family::schedule, due_key({(*before)->due_at_ms(), app, message}));
  }
  batch.put(Family::schedule, schedule_key(app, message), row.SerializeAsString());
  batch.put(Family::schedule, due_key({row.due_at_ms(), app, message}), "");
  if (before->has_value()) return absl::OkStatus();
  const auto count = count_schedules(store, app);
  if (!count.ok()) return count.status();
  put_count(app, *count + 1, batch);
  return absl::OkStatus();
}

bool is_change(const internal::ScheduleChanged& record) {
  return record.app_id() != 0 && record.schedule_id() != 0 &&
         record.change_case() != internal::ScheduleChanged::CHANGE_NOT_SET &&
         record.put().request().size() <= limits::schedule_request_bytes_max;
}

}  // namespace

absl::Status change_schedule(const internal::ScheduleChanged& record, const ApplyParts& parts,
                             ApplyStep& step) {
  if (!is_change(record)) {
    return absl::InvalidArgumentError(
        "a change of a schedule without an app, an id or a change, or with a request too long");
  }
  const AppId app{record.app_id()};
  const MessageId message{record.schedule_id()};
  step.next.log_time_ms = record.changed_at_ms();
  step.next.largest_message = std::max(step.next.largest_message, message);
  if (!record.has_put()) return end_schedule(app, message, parts.store, step.batch);
  const auto sent = parts.messages.head(app, message);
  if (!sent.ok()) return sent.status();
  if (sent->has_value()) return absl::OkStatus();
  auto status = keep_answer(
      {app, record.idempotency_key(), message, record.fingerprint(), record.changed_at_ms(), 0},
      parts.store, step.batch);
  if (!status.ok()) return status;
  return put(app, message, record.put(), parts.store, step.batch);
}

absl::Status end_schedule(AppId app, MessageId message, const Store& store, Batch& batch) {
  const auto before = find_schedule(store, app, message);
  if (!before.ok()) return before.status();
  if (!before->has_value()) return absl::OkStatus();
  batch.remove(Family::schedule, schedule_key(app, message));
  batch.remove(Family::schedule, due_key({(*before)->due_at_ms(), app, message}));
  const auto count = count_schedules(store, app);
  if (!count.ok()) return count.status();
  put_count(app, *count - std::min<uint64_t>(*count, 1), batch);
  return absl::OkStatus();
}

}  // namespace tocsin::storage
