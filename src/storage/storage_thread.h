// StorageThread: the one thread that storage's state belongs to, and its mailbox.
//
// Thread: mailbox() and post() from any thread; stop() from any thread but its own.
#pragma once

#include <memory>

#include "runtime/mailbox.h"
#include "runtime/shard.h"

namespace tocsin::storage {

class StorageThread {
 public:
  // Books and replay may wait a moment; a fan-out on the same CPUs may not.
  static constexpr int niceness = 5;

  StorageThread() { shard_->start(); }

  void post(runtime::Task task) const { mailbox_.post(std::move(task)); }
  // For callers that may still call when storage has ended.
  const runtime::Mailbox& mailbox() const { return mailbox_; }
  runtime::Shard& shard() const { return *shard_; }
  // What was posted and has not run is dropped, and so is anything posted later. Idempotent.
  void stop() { shard_->stop(); }

 private:
  std::shared_ptr<runtime::Shard> shard_ = std::make_shared<runtime::Shard>("storage", niceness);
  runtime::Mailbox mailbox_{shard_};
};

}  // namespace tocsin::storage
