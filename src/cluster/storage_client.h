// StorageClient: what the other roles can ask storage, wherever it runs.
//
// The questions and their answers are the messages of proto/tocsin/internal/query.proto. In one
// process they are handed over as they are; a client in another process would send the same bytes.
//
//   storage.ask(about<internal::BooksQuestion>(app, message),
//               mailbox.wrap([](absl::StatusOr<Books> books) { ... }));
//
// Thread: ask() from any thread. `done` is called once, on storage's thread, and must only post; it
// is never called when storage ends before it has answered.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "base/ids.h"
#include "cluster/log.h"
#include "cluster/question.h"
#include "tocsin/internal/query.pb.h"

namespace tocsin::cluster {

// The answers that are named often.
using Books = internal::BooksQuestion::Answer;
using Delivery = internal::DeliveryQuestion::Answer;
using AudienceSize = internal::AudienceSizeQuestion::Answer;
using CanaryOutcome = internal::CanariesQuestion::Answer;
using StorageCounts = internal::CountsQuestion::Answer;

class StorageClient {
 public:
  virtual ~StorageClient() = default;

  // Each question documents its own errors; besides, any may be answered with DATA_LOSS or
  // UNAVAILABLE when the store cannot be read, and UNIMPLEMENTED by an older storage.
  template <typename Question>
  void ask(Question question,
           absl::AnyInvocable<void(absl::StatusOr<typename Question::Answer>)> done) {
    std::vector<Asked> one;
    one.push_back({any_question(std::move(question)),
                   [done = std::move(done)](absl::StatusOr<internal::Answer> answer) mutable {
                     done(answer_in<typename Question::Answer>(std::move(answer)));
                   }});
    hand_over(std::move(one));
  }

  // A question of any type, and who waits for the answer.
  struct Asked {
    internal::Question question;
    absl::AnyInvocable<void(absl::StatusOr<internal::Answer>)> done;
  };
  // Answered in this order.
  virtual void hand_over(std::vector<Asked> questions) = 0;
};

// A question about an app or one of its messages.
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

// A device, as questions name it.
inline std::string bytes_of(const DeviceId& device) {
  return {device.bytes.begin(), device.bytes.end()};
}

}  // namespace tocsin::cluster
