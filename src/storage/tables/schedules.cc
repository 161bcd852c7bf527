#include "storage/tables/schedules.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include "base/fixed_int.h"
#include "storage/store/keys.h"
#include "storage/tables/idempotency.h"

namespace tocsin::storage {
namespace {

absl::Status cannot_be_read(MessageId message) {
  return absl::DataLossError("schedule " + message.text() + " cannot be read");
}

absl::StatusOr<std::optional<internal::Scheduled>> find(const Store& store, AppId app,
                                                        MessageId message) {
  const auto bytes = store.get(Family::schedule, schedule_key(app, message));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::Scheduled>();
  internal::Scheduled row;
  if (!row.ParseFromString(**bytes)) return cannot_be_read(message);
  return std::optional<internal::Scheduled>(std::move(row));
}

Schedule schedule_of(AppId app, MessageId message, internal::Scheduled row) {
  return {app, message, row.due_at_ms(), row.created_at_ms(), std::move(*row.mutable_request())};
}

void put_count(AppId app, uint64_t count, Store::Batch& batch) {
  std::string bytes;
  put_le(count, bytes);
  batch.put(Family::schedule, schedule_count_key(app), bytes);
}

absl::Status put(AppId app, MessageId message, const internal::Scheduled& row, const Store& store,
                 Store::Batch& batch) {
  const auto before = find(store, app, message);
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
  const FirstAnswer first{message, record.fingerprint(), record.changed_at_ms(), 0};
  auto status = keep_answer({app, record.idempotency_key(), first}, parts.store, step.batch);
  if (!status.ok()) return status;
  return put(app, message, record.put(), parts.store, step.batch);
}

absl::Status end_schedule(AppId app, MessageId message, const Store& store, Store::Batch& batch) {
  const auto before = find(store, app, message);
  if (!before.ok()) return before.status();
  if (!before->has_value()) return absl::OkStatus();
  batch.remove(Family::schedule, schedule_key(app, message));
  batch.remove(Family::schedule, due_key({(*before)->due_at_ms(), app, message}));
  const auto count = count_schedules(store, app);
  if (!count.ok()) return count.status();
  put_count(app, *count - std::min<uint64_t>(*count, 1), batch);
  return absl::OkStatus();
}

absl::StatusOr<Schedule> read_schedule(const Store& store, AppId app, MessageId message) {
  auto row = find(store, app, message);
  if (!row.ok()) return row.status();
  if (row->has_value()) return schedule_of(app, message, **std::move(row));
  return absl::NotFoundError(fmt::format(
      "no schedule {} of this app: it was sent or cancelled, or never was", message.text()));
}

absl::StatusOr<std::vector<Schedule>> read_schedules(const Store& store, AppId app, MessageId after,
                                                     size_t max) {
  std::vector<Schedule> schedules;
  const std::string prefix = schedule_prefix(app);
  if (after.value == UINT64_MAX) return schedules;
  const auto rows =
      store.rows(Family::schedule, prefix, schedule_key(app, MessageId{after.value + 1}));
  for (; rows->valid() && schedules.size() < max; rows->next()) {
    const MessageId message{get_be<uint64_t>(rows->key().substr(prefix.size()))};
    internal::Scheduled row;
    if (!row.ParseFromArray(rows->value().data(), static_cast<int>(rows->value().size()))) {
      return cannot_be_read(message);
    }
    schedules.push_back(schedule_of(app, message, std::move(row)));
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return schedules;
}

absl::StatusOr<std::vector<Schedule>> read_due_schedules(const Store& store, uint64_t until_ms,
                                                         size_t max) {
  std::vector<Schedule> schedules;
  const auto rows = store.rows(Family::schedule, std::string(1, due_rows));
  for (; rows->valid() && schedules.size() < max; rows->next()) {
    const auto due = due_of_key(rows->key());
    if (!due) return absl::DataLossError("a row of `schedule` cannot be read");
    if (due->at_ms > until_ms) break;
    auto row = find(store, due->app, due->message);
    if (!row.ok()) return row.status();
    if (!row->has_value()) return cannot_be_read(due->message);
    schedules.push_back(schedule_of(due->app, due->message, **std::move(row)));
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return schedules;
}

absl::StatusOr<uint64_t> count_schedules(const Store& store, AppId app) {
  const auto bytes = store.get(Family::schedule, schedule_count_key(app));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return uint64_t{0};
  if ((*bytes)->size() != 8) return absl::DataLossError("a row of `schedule` cannot be read");
  return get_le<uint64_t>(**bytes);
}

}  // namespace tocsin::storage
