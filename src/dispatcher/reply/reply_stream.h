// ReplyStream: the way to a caller who gets several answers to one call, however slowly he reads.
//
//   send() send() ... end()     the call is over for both sides
//   send() ... when_gone()      the caller has gone, or cannot be reached any more
//
// A transport keeps the newest answer that the caller has not taken yet and no other, so a caller
// who does not read costs one answer of memory.
//
// Thread: the dispatcher's shard.
// Bound: one answer waits.
#pragma once

#include <utility>

#include <absl/status/status.h>

#include "runtime/shard.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::dispatcher {

class ReplyStream {
 public:
  virtual ~ReplyStream() = default;

  // The next answer; it takes the place of one that still waits.
  virtual void send(const google::protobuf::Message& answer) = 0;
  // Nothing new: let the caller see that the call is alive.
  virtual void keep_alive() = 0;
  // The end: everything was said (OK), or why no more comes. To be called at most once, and nothing
  // behind it.
  virtual void end(const absl::Status& status) = 0;

  // Run `task` when the caller goes before the end. It must not call back into this.
  void when_gone(runtime::Task task) { on_gone_ = std::move(task); }

 protected:
  // For the transport: the caller has gone.
  void gone() {
    if (on_gone_) std::exchange(on_gone_, nullptr)();
  }
  void forget_gone() { on_gone_ = nullptr; }

 private:
  runtime::Task on_gone_;
};

}  // namespace tocsin::dispatcher
