// Reply: the right and duty to answer one call, exactly once, from wherever the answer comes.
// Replies: all that are open; answers DEADLINE_EXCEEDED for those that wait too long for log or
// storage, so that no sender hangs and no connection is held forever.
//
// A reply does not know its transport, which puts the answer into its own form.
//
// Thread: Reply::send() and fail() from any thread, copies included; the first one wins. Everything
// else on the dispatcher's shard.
// Bound: as many replies as the transports have calls under way; answer_ms_max each.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "dispatcher/reply/services.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::dispatcher {

// The answer to a call: its response message, or why there is none.
using Answer = absl::StatusOr<std::shared_ptr<const google::protobuf::Message>>;

class Reply {
 public:
  // Takes the answer to the caller. Called on the dispatcher's shard, once.
  using Respond = absl::AnyInvocable<void(Answer)>;

  // Answer; then, once the transport has the answer, run `then` on the shard.
  template <typename Response>
  void send(Response response, runtime::Task then = nullptr) const {
    answer(std::shared_ptr<const google::protobuf::Message>(
               std::make_shared<const Response>(std::move(response))),
           std::move(then));
  }
  // Answer as another call was answered.
  void forward(Answer answer) const { this->answer(std::move(answer), nullptr); }
  // Answer with an error (dispatcher/reply/api_error.h).
  void fail(const absl::Status& status) const { answer(status, nullptr); }

 private:
  friend class Replies;
  struct State {
    runtime::Mailbox mailbox;
    Respond respond;  // empty once answered
    void answer(Answer answer);
  };
  void answer(Answer answer, runtime::Task then) const;

  std::shared_ptr<State> state_;
};

// DEADLINE_EXCEEDED: log or storage have not answered within `answer_ms_max`.
absl::Status no_answer_within(uint32_t answer_ms_max);

class Replies {
 public:
  Replies(runtime::Mailbox mailbox, uint32_t answer_ms_max);

  Reply open(Reply::Respond respond, uint64_t now_ms);

  // Answer those that are past their deadline. Call it periodically.
  void expire(uint64_t now_ms);
  // Answer all that are open: the server is shutting down.
  void abandon();

 private:
  struct Waiting {
    uint64_t deadline_ms;
    std::shared_ptr<Reply::State> state;  // shared: whoever should answer may simply drop it
  };
  runtime::Mailbox mailbox_;
  uint32_t answer_ms_max_;
  std::deque<Waiting> waiting_;  // in order of deadline: all wait equally long
};

}  // namespace tocsin::dispatcher
