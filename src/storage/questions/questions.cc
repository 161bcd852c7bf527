#include "storage/questions/questions.h"

#include "base/clock.h"
#include "storage/questions/handlers.h"

namespace tocsin::storage {

template <typename Question>
void Questions::on() {
  on_later<Question>([parts = parts_](const Question& question, auto done) {
    done(storage::answer(question, parts, wall_ms()));
  });
}

Questions::Questions(const QuestionParts& parts) : parts_(parts) {
  on<internal::BooksQuestion>();
  on<internal::DeliveryQuestion>();
  on<internal::MessagePageQuestion>();
  on<internal::ActivityQuestion>();
  on<internal::AudienceSizeQuestion>();
  on<internal::AudienceNamesQuestion>();
  on<internal::KnownDevicesQuestion>();
  on<internal::DevicesQuestion>();
  on<internal::DevicePageQuestion>();
  on<internal::DeviceCountQuestion>();
  on<internal::FirstAnswerQuestion>();
  on<internal::ScheduleQuestion>();
  on<internal::SchedulesQuestion>();
  on<internal::DueSchedulesQuestion>();
  on<internal::ScheduleCountQuestion>();
  on<internal::RolloutsQuestion>();
  on<internal::CanariesQuestion>();
  on<internal::WaitingWebhooksQuestion>();
  on<internal::WebhookEventsQuestion>();
  on<internal::WebhookQueueQuestion>();
  on<internal::DeadLettersQuestion>();
  on<internal::CountsQuestion>();
}

void Questions::answer(internal::Question question, OnAnswer done) const {
  const auto found = handlers_.find(static_cast<int>(question.kind_case()));
  if (found == handlers_.end()) {
    return done(absl::UnimplementedError("storage does not know this question: it is older"));
  }
  found->second(question, std::move(done));
}

bool Questions::is_complete() const {
  const auto& any = *internal::Question::descriptor();
  for (int i = 0; i < any.field_count(); ++i) {
    if (!handlers_.contains(any.field(i)->number())) return false;
  }
  return true;
}

}  // namespace tocsin::storage
