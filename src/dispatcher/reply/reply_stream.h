// ReplyStream: the way to a caller who gets several answers to one call, however slow a reader.
//
//   send() send() ... end()     the call is over for both sides
//   send() ... when_gone()      the caller has gone, or can no longer be reached
//
// A transport keeps only the newest answer that the caller has not taken yet, so a caller who does
// not read costs the memory of one answer.
//
// Thread: the dispatcher's shard.
// Bound: one waiting answer.
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

  // The next answer; it replaces one that is still waiting.
  virtual void send(const google::protobuf::Message& answer) = 0;
  // Nothing new: show the caller that the call is alive.
  virtual void keep_alive() = 0;
  // The end: everything was said (OK), or why no more comes. Call it at most once, and nothing
  // after it.
  virtual void end(const absl::Status& status) = 0;

  // Run `task` if the caller goes before the end. It must not call back into this.
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
