// Puts a question or an answer of one type into the message for all types (internal.Question,
// internal.Answer), and takes it out.
//
// Thread: pure functions.
#pragma once

#include <utility>

#include <absl/status/statusor.h>

#include "tocsin/internal/query.pb.h"

namespace tocsin::cluster {

// Move `value` into the field of `any` that is of its type. Requires that there is one.
void put_into(google::protobuf::Message& any, google::protobuf::Message& value);
// Move what `any` holds to `value`; false when it holds something else.
bool take_from(google::protobuf::Message& any, google::protobuf::Message& value);
// The number of the field of `any` that is of this type. Requires that there is one.
int number_of(const google::protobuf::Descriptor& any, const google::protobuf::Descriptor& type);

template <typename Question>
internal::Question any_question(Question question) {
  internal::Question any;
  put_into(any, question);
  return any;
}

template <typename Answer>
absl::StatusOr<internal::Answer> any_answer(absl::StatusOr<Answer> answer) {
  if (!answer.ok()) return std::move(answer).status();
  internal::Answer any;
  put_into(any, *answer);
  return any;
}

// INTERNAL when it is the answer to another question.
template <typename Answer>
absl::StatusOr<Answer> answer_in(absl::StatusOr<internal::Answer> any) {
  if (!any.ok()) return std::move(any).status();
  Answer answer;
  if (!take_from(*any, answer)) return absl::InternalError("storage answered another question");
  return answer;
}

}  // namespace tocsin::cluster
