#include "storage/tables/schedules.h"

#include <fmt/format.h>
#include <utility>

#include "base/fixed_int.h"
#include "storage/questions/handlers.h"
#include "storage/store/keys.h"
#include "storage/tables/idempotency.h"

namespace tocsin::storage {
namespace {

using internal::DueSchedulesQuestion;
using internal::FirstAnswerQuestion;
using internal::ScheduleCountQuestion;
using internal::ScheduleQuestion;
using internal::SchedulesQuestion;

internal::Schedule schedule_of(AppId app, MessageId message, internal::Scheduled row) {
  internal::Schedule schedule;
  schedule.set_app_id(app.value);
  schedule.set_message_id(message.value);
  *schedule.mutable_scheduled() = std::move(row);
  return schedule;
}

}  // namespace

AnswerTo<FirstAnswerQuestion> answer(const FirstAnswerQuestion& question,
                                     const QuestionParts& parts, uint64_t now_ms) {
  auto first = find_first_answer(parts.store, AppId{question.app_id()}, question.key(), now_ms);
  if (!first.ok()) return first.status();
  FirstAnswerQuestion::Answer answer;
  if (first->has_value()) *answer.mutable_first() = **std::move(first);
  return answer;
}

AnswerTo<ScheduleQuestion> answer(const ScheduleQuestion& question, const QuestionParts& parts,
                                  uint64_t /*now_ms*/) {
  const AppId app{question.app_id()};
  const MessageId message{question.message_id()};
  auto row = find_schedule(parts.store, app, message);
  if (!row.ok()) return row.status();
  if (!row->has_value()) {
    return absl::NotFoundError(fmt::format(
        "no schedule {} of this app: it was sent or cancelled, or never was", message.text()));
  }
  ScheduleQuestion::Answer answer;
  *answer.mutable_schedule() = schedule_of(app, message, **std::move(row));
  return answer;
}

AnswerTo<SchedulesQuestion> answer(const SchedulesQuestion& question, const QuestionParts& parts,
                                   uint64_t /*now_ms*/) {
  const AppId app{question.app_id()};
  SchedulesQuestion::Answer answer;
  const std::string prefix = schedule_prefix(app);
  if (question.after() == UINT64_MAX) return answer;
  const auto rows = parts.store.rows(Family::schedule, prefix,
                                     schedule_key(app, MessageId{question.after() + 1}));
  const auto max = static_cast<int>(question.schedules_max());
  for (; rows->valid() && answer.schedules_size() < max; rows->next()) {
    const MessageId message{get_be<uint64_t>(rows->key().substr(prefix.size()))};
    internal::Scheduled row;
    if (!row.ParseFromArray(rows->value().data(), static_cast<int>(rows->value().size()))) {
      return unreadable_schedule(message);
    }
    *answer.add_schedules() = schedule_of(app, message, std::move(row));
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return answer;
}

AnswerTo<DueSchedulesQuestion> answer(const DueSchedulesQuestion& question,
                                      const QuestionParts& parts, uint64_t /*now_ms*/) {
  DueSchedulesQuestion::Answer answer;
  const auto rows = parts.store.rows(Family::schedule, std::string(1, due_rows));
  const auto max = static_cast<int>(question.schedules_max());
  for (; rows->valid() && answer.schedules_size() < max; rows->next()) {
    const auto due = due_of_key(rows->key());
    if (!due) return absl::DataLossError("a row of `schedule` cannot be read");
    if (due->at_ms > question.until_ms()) break;
    auto row = find_schedule(parts.store, due->app, due->message);
    if (!row.ok()) return row.status();
    if (!row->has_value()) return unreadable_schedule(due->message);
    *answer.add_schedules() = schedule_of(due->app, due->message, **std::move(row));
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return answer;
}

AnswerTo<ScheduleCountQuestion> answer(const ScheduleCountQuestion& question,
                                       const QuestionParts& parts, uint64_t /*now_ms*/) {
  const auto count = count_schedules(parts.store, AppId{question.app_id()});
  if (!count.ok()) return count.status();
  ScheduleCountQuestion::Answer answer;
  answer.set_schedules(*count);
  return answer;
}

}  // namespace tocsin::storage
