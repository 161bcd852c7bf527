// Reply: the right and duty to answer one request, exactly once, from wherever the answer comes.
// Replies: all of them that are open; answers DEADLINE_EXCEEDED for those that wait too long on log
// or storage, so that no sender hangs and no connection is held for ever.
//
// Thread: Reply::send() and fail() from any thread, copies included; the first one wins. Everything
// else on the dispatcher's shard.
// Bound: http_connections_max replies; answer_ms_max each.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include <absl/status/status.h>

#include "dispatcher/services.h"
#include "runtime/http_server.h"

namespace tocsin::dispatcher {

class Reply {
 public:
  // Answer; then, on the shard, when the answer is with the HTTP server, run `then`.
  void send(runtime::HttpResponse response, runtime::Task then = nullptr) const;
  // Answer with the error's response (dispatcher/api_error.h).
  void fail(const absl::Status& status) const;

 private:
  friend class Replies;
  struct State {
    ShardDoor door;
    runtime::HttpServer::Respond respond;  // empty once answered
    void answer(runtime::HttpResponse response);
  };
  std::shared_ptr<State> state_;
};

class Replies {
 public:
  Replies(ShardDoor door, uint32_t answer_ms_max);

  Reply open(runtime::HttpServer::Respond respond, uint64_t now_ms);

  // Answer those that are past their deadline. Call it now and then.
  void expire(uint64_t now_ms);

 private:
  struct Waiting {
    uint64_t deadline_ms;
    std::shared_ptr<Reply::State> state;  // shared: whoever should answer may just forget it
  };
  ShardDoor door_;
  uint32_t answer_ms_max_;
  std::deque<Waiting> waiting_;  // in order of deadline, since all wait equally long
};

}  // namespace tocsin::dispatcher
