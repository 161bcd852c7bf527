#include "storage/questions/handlers.h"
#include "storage/questions/rollout_progress.h"
#include "storage/store/keys.h"
#include "storage/tables/book_sets.h"

namespace tocsin::storage {
using internal::CanariesQuestion;
using internal::RolloutsQuestion;

AnswerTo<RolloutsQuestion> answer(const RolloutsQuestion& question, const QuestionParts& parts,
                                  uint64_t /*now_ms*/) {
  RolloutsQuestion::Answer running;
  const auto rows = parts.store.rows(Family::schedule, std::string(1, rollout_rows));
  const auto max = static_cast<int>(question.rollouts_max());
  for (; rows->valid() && running.rollouts_size() < max; rows->next()) {
    const auto id = rollout_of_key(rows->key());
    if (!id) return absl::DataLossError("a row of `schedule` cannot be read");
    const auto row = parts.messages.row(id->app, id->message);
    if (!row.ok()) return row.status();
    if (row->has_value()) *running.add_rollouts() = progress_of(**row);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return running;
}

AnswerTo<CanariesQuestion> answer(const CanariesQuestion& question, const QuestionParts& parts,
                                  uint64_t /*now_ms*/) {
  const AppId app{question.app_id()};
  const MessageId message{question.message_id()};
  const auto head = parts.messages.head(app, message);
  if (!head.ok()) return head.status();
  if (!head->has_value()) return absl::NotFoundError("no such message");
  const auto sets = read_book_sets(parts.store, (*head)->book());
  if (!sets.ok()) return sets.status();
  sets::DeviceSet pending = sets->pending();
  pending.intersect(sets->released);
  CanariesQuestion::Answer outcome;
  outcome.set_delivered(sets->delivered().size());
  outcome.set_pending(pending.size());
  const LiveCast* cast = parts.live_casts.find(app, message);
  if (cast != nullptr) outcome.set_reachable(parts.sessions.count_reachable(*cast, pending));
  return outcome;
}

}  // namespace tocsin::storage
