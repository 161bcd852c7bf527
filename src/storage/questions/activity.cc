#include "storage/questions/handlers.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
AnswerTo<internal::ActivityQuestion> answer(const internal::ActivityQuestion& question,
                                            const QuestionParts& parts, uint64_t /*now_ms*/) {
  const AppId app{question.app_id()};
  const ActivityStep step = question.hourly() ? ActivityStep::hour : ActivityStep::minute;
  internal::ActivityQuestion::Answer found;
  const auto rows = parts.store.rows(Family::details, activity_prefix(app, step),
                                     activity_key({app, step, question.from_ms()}));
  for (; rows->valid(); rows->next()) {
    const auto key = activity_of_key(rows->key());
    if (key && key->begins_at_ms >= question.until_ms()) return found;
    auto& one = *found.add_steps();
    const auto size = static_cast<int>(rows->value().size());
    if (!key || !one.mutable_activity()->ParseFromArray(rows->value().data(), size)) {
      return absl::DataLossError("a row of what happened in an app cannot be read");
    }
    one.set_begins_at_ms(key->begins_at_ms);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return found;
}

}  // namespace tocsin::storage
