// Log: the sequence of everything accepted. The truth; storage is a function of it.
//
// append() answers once the record is durable: no crash of this process (embedded) or of any one
// machine (clustered, a later implementation on etcd) loses it. Records have positions 1, 2, 3, ...
// without holes, and every reader gets them in that order. Records written together share one
// fsync (group commit), so many callers cost little more than one.
//
// Thread: append(), trim(), copy_to() from any thread. Callbacks run on the log's own thread and
// must only post.
// Bound: log_record_bytes_max per record, log_queue_records_max waiting.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

namespace tocsin::cluster {

using Position = uint64_t;  // 0: before the first record

struct LogEntry {
  Position position = 0;
  std::string record;  // tocsin.internal.Record, serialized
};
// Shared, because several readers get the same batch.
using LogBatch = std::shared_ptr<const std::vector<LogEntry>>;

class Log {
 public:
  // The position, once durable, or why not: RESOURCE_EXHAUSTED (queue full or disk full; the
  // message says which), INVALID_ARGUMENT (record too large), UNAVAILABLE (the log stopped or its
  // disk failed; the record may or may not be found after a restart). A refusal that needs no disk
  // may be given inside append(), on the caller's thread.
  using OnCommit = absl::AnyInvocable<void(absl::StatusOr<Position>)>;
  // Committed entries, in order, each exactly once per subscriber.
  using OnEntries = std::function<void(LogBatch)>;

  virtual ~Log() = default;

  virtual void append(std::string record, OnCommit on_commit) = 0;

  // Deliver every entry after `after`: first those already committed, then new ones as they are
  // committed (before their OnCommit is called). OUT_OF_RANGE when `after` is older than what was
  // trimmed, or beyond last(). The subscription lasts as long as the log. Not to be called from a
  // callback.
  virtual absl::Status subscribe(Position after, OnEntries on_entries) = 0;

  // Entries up to and including `upto` are no longer needed by anyone.
  virtual void trim(Position upto) = 0;

  // Make a new `folder` that an EmbeddedLog opens as this log after `after`, with everything
  // committed when this was called, and make it durable; returns the last position in it. Reads and
  // writes files on the caller's thread; appends do not wait for it. Nobody may trim() meanwhile.
  // OUT_OF_RANGE when `after` is older than what was trimmed; RESOURCE_EXHAUSTED: disk full.
  virtual absl::StatusOr<Position> copy_to(const std::string& folder, Position after) = 0;

  // The last committed position.
  virtual Position last() const = 0;

  // Whether it takes no records now, as far as is known: the last ones were refused, not longer than
  // log_refusal_ms ago, or it has stopped. From any thread.
  virtual bool is_refusing() const { return false; }

  // Stop accepting appends, finish what is queued, end the thread. Idempotent.
  virtual void stop() = 0;
};

}  // namespace tocsin::cluster
