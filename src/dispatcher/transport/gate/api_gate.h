// ApiGate: the way from one connection thread to the API and back.
//
//   connection's thread           dispatcher's shard
//   head --> admit()
//   body --> call() ----hop-----> Api::admit() --> Api::call()
//            encode <---hop------ Answer
//
// Keys are checked twice: here, before the body is taken, with this thread's copy of the table, and
// by the API with its own, which decides; so a key that was revoked does nothing once the
// revocation is answered. Requests are decoded and answers encoded on the connection's thread. When
// that is the dispatcher's shard itself there is no hop: everything happens within the call.
//
// The copy is renewed by a task that is posted before the change is answered, and thus runs before
// this thread's loop turns to what a client sends after that answer.
//
// Thread: the connection's, except where said. The API and both shards outlive it.
// Bound: one deadline for each call under way.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>

#include "dispatcher/api.h"
#include "dispatcher/transport/gate/answer_counts.h"
#include "dispatcher/transport/gate/deadlines.h"

namespace tocsin::dispatcher {

class AnswerStream;

class ApiGate : public std::enable_shared_from_this<ApiGate> {
 public:
  // Made on any thread. `dispatcher` leads to the API's shard, `thread` to this one's.
  ApiGate(Api& api, runtime::Mailbox dispatcher, runtime::Mailbox thread,
          const runtime::Sha256& admin_key_hash);

  // From the dispatcher's shard: what Api::follow() tells.
  void set_state(const ApiState& state);
  // Let calls fail that are past their deadline. Call it every tick_ms.
  void tick();
  static constexpr uint32_t tick_ms = 50;

  // Whether the key may make this call about `app`.
  absl::Status admit(const Method& method, const std::string& authorization,
                     const std::string& app) const;
  // Whether the key may make such a call at all, as far as can be told before the app is known.
  absl::Status admit_key(const Method& method, const std::string& authorization) const;
  // Whether there is such a key, for what everyone may ask.
  bool knows(const std::string& authorization) const;
  // Whether it is the operator who asks.
  absl::Status admit_operator(const std::string& authorization) const;
  // False: this server cannot do what calls ask for, or is ending.
  bool is_serving() const { return state_.is_serving; }
  // Tell `follow` each new state. One follower.
  void follow(std::function<void(const ApiState&)> follow) { follow_ = std::move(follow); }

  // Make a call, of which `request` is of the method's type; `answered` is called here, once.
  using Answered = absl::AnyInvocable<void(Answer)>;
  void call(const Method& method, std::string authorization,
            std::unique_ptr<google::protobuf::Message> request, Answered answered);
  // The same for a call with several answers.
  void call(const Method& method, std::string authorization,
            std::unique_ptr<google::protobuf::Message> request,
            std::shared_ptr<AnswerStream> answers);

  // Run `task` on the dispatcher's shard, or on this thread: at once when this is it. From either.
  template <typename Do>
  void there(Do task) const {
    run(dispatcher_, std::move(task));
  }
  template <typename Do>
  void here(Do task) const {
    run(thread_, std::move(task));
  }
  // Run `task` on this thread in another turn.
  void later(runtime::Task task) const { thread_.post(std::move(task)); }

  // On the dispatcher's shard alone.
  Api& api() const { return api_; }

  AnswerCounts& counts() { return counts_; }
  Deadlines& deadlines() { return deadlines_; }

 private:
  template <typename Do>
  static void run(const runtime::Mailbox& where, Do task) {
    where.on_this_thread() ? task() : where.post(std::move(task));
  }
  void take(ApiState state);
  void begin(const Method& method, const std::string& authorization,
             const google::protobuf::Message& request, Answered answered);

  Api& api_;
  const runtime::Mailbox dispatcher_;
  const runtime::Mailbox thread_;
  ApiState state_;
  std::function<void(const ApiState&)> follow_;
  AnswerCounts counts_;
  Deadlines deadlines_;
};

}  // namespace tocsin::dispatcher
