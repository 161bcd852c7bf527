// Questions: the table of what storage can be asked: each question of query.proto with its handler.
//
// Thread: the storage thread.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "cluster/question.h"
#include "storage/questions/question_parts.h"
#include "tocsin/internal/query.pb.h"

namespace tocsin::storage {

class Questions {
 public:
  using OnAnswer = absl::AnyInvocable<void(absl::StatusOr<internal::Answer>)>;

  // With the handlers of handlers.h.
  explicit Questions(const QuestionParts& parts);

  // Handle questions of one type by `handle(question, done)`, which calls `done` once, with the
  // answer, when it has it.
  template <typename Question, typename Handle>
  void on_later(Handle handle) {
    handlers_[number<Question>()] = [handle = std::move(handle)](internal::Question& any,
                                                                 OnAnswer done) {
      Question question;
      cluster::take_from(any, question);
      handle(question,
             [done = std::move(done)](absl::StatusOr<typename Question::Answer> answer) mutable {
               done(cluster::any_answer(std::move(answer)));
             });
    };
  }

  // UNIMPLEMENTED for a question that is newer than this code.
  void answer(internal::Question question, OnAnswer done) const;

  // Whether every question of the schema has a handler.
  bool is_complete() const;

 private:
  template <typename Question>
  static int number() {
    return cluster::number_of(*internal::Question::descriptor(), *Question::descriptor());
  }
  template <typename Question>
  void on();

  QuestionParts parts_;
  std::map<int, std::function<void(internal::Question&, OnAnswer)>> handlers_;  // by number
};

}  // namespace tocsin::storage
