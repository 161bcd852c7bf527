#include "storage/questions/handlers.h"
#include "storage/tables/stored_terms.h"
#include "storage/tables/uploaded_audiences.h"

namespace tocsin::storage {
AnswerTo<internal::AudienceSizeQuestion> answer(const internal::AudienceSizeQuestion& question,
                                                const QuestionParts& parts, uint64_t now_ms) {
  const auto audience = find_audience(parts.store, AppId{question.app_id()}, question.expression(),
                                      now_ms, StoredTerms::Unknown::error);
  if (!audience.ok()) return audience.status();
  internal::AudienceSizeQuestion::Answer size;
  size.set_devices(audience->size());
  size.set_online(size.devices() - audience->size_of_difference(parts.sessions.online()));
  return size;
}

AnswerTo<internal::AudienceNamesQuestion> answer(const internal::AudienceNamesQuestion& question,
                                                 const QuestionParts& parts, uint64_t /*now_ms*/) {
  const auto names = uploaded_names(parts.store, AppId{question.app_id()});
  if (!names.ok()) return names.status();
  internal::AudienceNamesQuestion::Answer answer;
  *answer.mutable_names() = {names->begin(), names->end()};
  return answer;
}

}  // namespace tocsin::storage
