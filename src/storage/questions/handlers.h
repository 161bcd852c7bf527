// The handlers of the questions in query.proto: one answer() each, which reads and changes nothing.
//
// What a question asks, and the errors of its answer, stand in query.proto; every one may also be
// answered with DATA_LOSS or UNAVAILABLE when the store cannot be read. `now_ms` is the wall clock.
//
// Thread: the storage thread.  Bound: those of the question.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "storage/questions/question_parts.h"
#include "tocsin/internal/query.pb.h"

namespace tocsin::storage {

template <typename Question>
using AnswerTo = absl::StatusOr<typename Question::Answer>;

// books.cc
AnswerTo<internal::BooksQuestion> answer(const internal::BooksQuestion& question,
                                         const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::DeliveryQuestion> answer(const internal::DeliveryQuestion& question,
                                            const QuestionParts& parts, uint64_t now_ms);

// message_pages.cc
AnswerTo<internal::MessagePageQuestion> answer(const internal::MessagePageQuestion& question,
                                               const QuestionParts& parts, uint64_t now_ms);

// activity.cc
AnswerTo<internal::ActivityQuestion> answer(const internal::ActivityQuestion& question,
                                            const QuestionParts& parts, uint64_t now_ms);

// audiences.cc
AnswerTo<internal::AudienceSizeQuestion> answer(const internal::AudienceSizeQuestion& question,
                                                const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::AudienceNamesQuestion> answer(const internal::AudienceNamesQuestion& question,
                                                 const QuestionParts& parts, uint64_t now_ms);

// devices.cc
AnswerTo<internal::KnownDevicesQuestion> answer(const internal::KnownDevicesQuestion& question,
                                                const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::DevicesQuestion> answer(const internal::DevicesQuestion& question,
                                           const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::DevicePageQuestion> answer(const internal::DevicePageQuestion& question,
                                              const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::DeviceCountQuestion> answer(const internal::DeviceCountQuestion& question,
                                               const QuestionParts& parts, uint64_t now_ms);

// schedules.cc
AnswerTo<internal::FirstAnswerQuestion> answer(const internal::FirstAnswerQuestion& question,
                                               const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::ScheduleQuestion> answer(const internal::ScheduleQuestion& question,
                                            const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::SchedulesQuestion> answer(const internal::SchedulesQuestion& question,
                                             const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::DueSchedulesQuestion> answer(const internal::DueSchedulesQuestion& question,
                                                const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::ScheduleCountQuestion> answer(const internal::ScheduleCountQuestion& question,
                                                 const QuestionParts& parts, uint64_t now_ms);

// rollouts.cc
AnswerTo<internal::RolloutsQuestion> answer(const internal::RolloutsQuestion& question,
                                            const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::CanariesQuestion> answer(const internal::CanariesQuestion& question,
                                            const QuestionParts& parts, uint64_t now_ms);

// webhooks.cc
AnswerTo<internal::WaitingWebhooksQuestion> answer(
    const internal::WaitingWebhooksQuestion& question, const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::WebhookEventsQuestion> answer(const internal::WebhookEventsQuestion& question,
                                                 const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::WebhookQueueQuestion> answer(const internal::WebhookQueueQuestion& question,
                                                const QuestionParts& parts, uint64_t now_ms);
AnswerTo<internal::DeadLettersQuestion> answer(const internal::DeadLettersQuestion& question,
                                               const QuestionParts& parts, uint64_t now_ms);

// counts.cc
AnswerTo<internal::CountsQuestion> answer(const internal::CountsQuestion& question,
                                          const QuestionParts& parts, uint64_t now_ms);

}  // namespace tocsin::storage
