// Idempotency: a send repeated with its idempotency key gets the answer to the first call.
//
//   begin() -- storage knows the key --> the first answer; a refusal if for another message
//         \--- nobody does -----------> go_on(reply)
//
// From the first call until storage knows its key, or the call has failed, the key is under way
// here, and other calls with it are told to try again. A call that was not answered in time may
// still take effect, so its key stays under way until storage knows it.
//
// Thread: the dispatcher's shard.
// Bound: as many keys as sends under way.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include <absl/functional/any_invocable.h>

#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/send_request.h"

namespace tocsin::dispatcher {

class Idempotency {
 public:
  using OpenReply = std::function<Reply(Reply::Respond)>;

  Idempotency(Services services, OpenReply open)
      : services_(std::move(services)), open_(std::move(open)) {}

  // Requires a key in `send`. Answers `reply`, or runs `go_on` with the reply to answer.
  void begin(const cluster::AppConfig& app, const Send& send, Reply reply,
             absl::AnyInvocable<void(Reply)> go_on);

 private:
  using Key = std::pair<uint32_t, std::string>;  // of an app
  void go_on(const Key& key, const Reply& reply, absl::AnyInvocable<void(Reply)>& go_on);
  void settle(const Key& key, const Answer& answer);

  Services services_;
  OpenReply open_;
  std::set<Key> under_way_;
};

}  // namespace tocsin::dispatcher
