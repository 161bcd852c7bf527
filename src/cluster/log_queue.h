// LogQueue: what callers hand to the embedded log's writer thread.
//
// This and the runtime's shards are the only places where threads meet; the log does not use a
// shard because its thread blocks in fdatasync().
//
// Thread: push(), run() and close() from any thread; take() from the writer.
// Bound: log_queue_records_max records, log_queue_bytes_max bytes of them.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <absl/functional/any_invocable.h>

#include "cluster/log.h"

namespace tocsin::cluster {

struct LogAppend {
  std::string record;
  Log::OnCommit on_commit;
};

class LogQueue {
 public:
  using Command = absl::AnyInvocable<void()>;

  // Queue an append. RESOURCE_EXHAUSTED when full, UNAVAILABLE once closed; `append` is then
  // untouched.
  absl::Status push(LogAppend& append);

  // Queue something for the writer to do between two commits. False once closed.
  bool run(Command command);

  // Accept no more; take() still gives out what is queued.
  void close();

  struct Work {
    std::vector<Command> commands;   // to run first
    std::vector<LogAppend> appends;  // one commit, at most log_batch_bytes_max with heads
    bool empty() const { return commands.empty() && appends.empty(); }
  };
  // Wait for work. Empty: the queue is closed and everything has been taken.
  Work take();

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<LogAppend> appends_;
  std::vector<Command> commands_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace tocsin::cluster
