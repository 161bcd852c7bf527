// StorageClient: what the other roles can ask storage, wherever it runs.
//
// The questions and their answers are the messages of proto/tocsin/internal/query.proto. In one
// process they are handed over as they are; a client in another process writes the same bytes.
//
//   storage.ask(about<internal::BooksQuestion>(app, message),
//               mailbox.wrap([](absl::StatusOr<Books> books) { ... }));
//
// Thread: ask() from any thread. `done` is called once, on a thread of storage's, and must only post;
// never when storage ends before it has answered.
#pragma once

#include <string>
#include <utility>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "base/ids.h"
#include "cluster/log.h"
#include "cluster/question.h"
#include "tocsin/internal/query.pb.h"

namespace tocsin::cluster {

// The answers that are spoken of much.
using Books = internal::BooksQuestion::Answer;
using Delivery = internal::DeliveryQuestion::Answer;
using AudienceSize = internal::AudienceSizeQuestion::Answer;
using CanaryOutcome = internal::CanariesQuestion::Answer;
using StorageCounts = internal::CountsQuestion::Answer;

class StorageClient {
 public:
  virtual ~StorageClient() = default;

  // What speaks against an answer is said by the question; besides, any question may be answered
  // with DATA_LOSS or UNAVAILABLE when the store cannot be read, and UNIMPLEMENTED by an older
  // storage.
  template <typename Question>
  void ask(Question question,
           absl::AnyInvocable<void(absl::StatusOr<typename Question::Answer>)> done) {
    ask_any(any_question(std::move(question)),
            [done = std::move(done)](absl::StatusOr<internal::Answer> answer) mutable {
              done(answer_in<typename Question::Answer>(std::move(answer)));
            });
  }

 protected:
  using OnAnswer = absl::AnyInvocable<void(absl::StatusOr<internal::Answer>)>;
  virtual void ask_any(internal::Question question, OnAnswer done) = 0;
};

// A question about an app, or a message of it.
template <typename Question>
Question about(AppId app) {
  Question question;
  question.set_app_id(app.value);
  return question;
}
template <typename Question>
Question about(AppId app, MessageId message) {
  Question question = about<Question>(app);
  question.set_message_id(message.value);
  return question;
}

// Run `done` once the record at `position` is applied.
inline void when_applied(StorageClient& storage, Position position,
                         absl::AnyInvocable<void()> done) {
  internal::AppliedQuestion question;
  question.set_position(position);
  storage.ask(std::move(question), [done = std::move(done)](const auto&) mutable { done(); });
}

// A device as questions name it.
inline std::string bytes_of(const DeviceId& device) {
  return {device.bytes.begin(), device.bytes.end()};
}

}  // namespace tocsin::cluster
