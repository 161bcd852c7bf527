#include "storage/check/schedule_check.h"

#include <fmt/format.h>

#include "base/fixed_int.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

class ScheduleCheck {
 public:
  explicit ScheduleCheck(StoreUnderCheck& checked) : checked_(checked) {}

  void check_row(std::string_view key, std::string_view value);
  void check_counts();

 private:
  void check_schedule(std::string_view key, std::string_view value);
  void check_due(std::string_view key, std::string_view value);
  void check_count(std::string_view key, std::string_view value);
  void check_rollout(std::string_view key, std::string_view value);
  void check_app(std::string_view key, uint32_t app);
  bool is_message(AppId app, MessageId message) const;
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::schedule, key, what);
  }

  StoreUnderCheck& checked_;
  std::map<uint32_t, uint64_t> rows_;    // schedules by app
  std::map<uint32_t, uint64_t> counts_;  // as `schedule` counts them
};

void ScheduleCheck::check_row(std::string_view key, std::string_view value) {
  if (key.starts_with(schedule_rows)) return check_schedule(key, value);
  if (key.starts_with(due_rows)) return check_due(key, value);
  if (key.starts_with(schedule_counts)) return check_count(key, value);
  if (key.starts_with(rollout_rows)) return check_rollout(key, value);
  wrong(key, "is of a kind this tocsind does not know");
}

void ScheduleCheck::check_schedule(std::string_view key, std::string_view value) {
  internal::Scheduled row;
  if (key.size() != schedule_key({}, {}).size() ||
      !row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return wrong(key, "is not a schedule");
  }
  const AppId app{get_be<uint32_t>(key.substr(1))};
  const MessageId message{get_be<uint64_t>(key.substr(5))};
  ++rows_[app.value];
  check_app(key, app.value);
  const auto due = checked_.store().get(Family::schedule, due_key({row.due_at_ms(), app, message}));
  if (due.ok() && !due->has_value()) {
    wrong(key, fmt::format("is due at {} ms, but not in the order of due time", row.due_at_ms()));
  }
  if (message > checked_.store().state().largest_message) {
    wrong(key, fmt::format("schedule {} is above the largest id that was applied, {}",
                           message.text(), checked_.store().state().largest_message.text()));
  }
  if (is_message(app, message)) {
    wrong(key, fmt::format("still waits, though message {} is accepted", message.text()));
  }
}

bool ScheduleCheck::is_message(AppId app, MessageId message) const {
  for (const bool is_cast : {false, true}) {
    const auto row = checked_.store().get(Family::casts, message_key(is_cast, app, message));
    if (row.ok() && row->has_value()) return true;
  }
  return false;
}

void ScheduleCheck::check_due(std::string_view key, std::string_view value) {
  const auto due = due_of_key(key);
  if (!due || !value.empty()) return wrong(key, "is not a place in the order of due time");
  const auto bytes = checked_.store().get(Family::schedule, schedule_key(due->app, due->message));
  if (!bytes.ok()) return;  // the pass over all rows reports it
  internal::Scheduled row;
  if (!bytes->has_value()) {
    wrong(key, fmt::format("is of schedule {}, which is not stored", due->message.text()));
  } else if (row.ParseFromString(**bytes) && row.due_at_ms() != due->at_ms) {
    wrong(key, fmt::format("schedule {} is due at {} ms", due->message.text(), row.due_at_ms()));
  }
}

void ScheduleCheck::check_count(std::string_view key, std::string_view value) {
  if (key.size() != schedule_count_key({}).size() || value.size() != 8) {
    return wrong(key, "is not the number of schedules of an app");
  }
  counts_[get_be<uint32_t>(key.substr(1))] = get_le<uint64_t>(value);
}

void ScheduleCheck::check_rollout(std::string_view key, std::string_view value) {
  const auto id = rollout_of_key(key);
  if (!id || !value.empty()) return wrong(key, "is not a rollout");
  const auto bytes = checked_.store().get(Family::casts, message_key(true, id->app, id->message));
  if (!bytes.ok() || !bytes->has_value()) return;  // its report may have ended before the rollout
  internal::MessageRow row;
  if (!row.ParseFromString(**bytes)) return;  // the pass over all rows reports it
  if (!row.has_rollout() || row.rollout().state() != internal::RolloutRow::RUNNING) {
    wrong(key, fmt::format("message {} is not being rolled out", id->message.text()));
  }
}

void ScheduleCheck::check_app(std::string_view key, uint32_t app) {
  if (checked_.known.apps.contains(app)) return;
  wrong(key, fmt::format("belongs to app number {}, which does not exist", app));
}

void ScheduleCheck::check_counts() {
  for (const auto& [app, rows] : rows_) counts_.try_emplace(app, 0);
  for (const auto& [app, count] : counts_) {
    if (count == rows_[app]) continue;
    checked_.finding(fmt::format("app number {} has {} schedules by its count and {} rows", app,
                                 count, rows_[app]));
  }
}

}  // namespace

void check_schedules(StoreUnderCheck& checked) {
  ScheduleCheck check(checked);
  checked.each_row(Family::schedule, [&](auto key, auto value) { check.check_row(key, value); });
  check.check_counts();
}

}  // namespace tocsin::storage
