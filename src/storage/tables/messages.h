// Messages: the rows of accepted messages, each read by replay, acks and books.
//
// Thread: the storage thread.  Bound: head_cache_size heads in memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <absl/status/statusor.h>

#include "cluster/bus_message.h"
#include "storage/store/keys.h"
#include "storage/store/message_order.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// A message without its content.
struct MessageHead {
  AppId app;
  MessageId message;
  bool is_cast = false;
  wire::Priority priority = wire::Priority::normal;
  uint64_t accepted_at_ms = 0;
  uint64_t expires_at_ms = 0;
  uint64_t targeted = 0;        // sends to devices only
  uint64_t dropped = 0;         // sends to devices only: named, but unknown
  uint64_t recalled_at_ms = 0;  // 0: not recalled
  MessageId notice;             // that tells of the recall

  MessageOrder order() const { return order_of(priority, message); }
  BookId book() const { return {message, expires_at_ms}; }
};

// Whether label and group are within their bounds.
bool has_good_labels(const internal::Envelope& envelope);

// nullptr when it is not an envelope that can be sent: no id, no app, a priority unknown here, or a
// label too long.
cluster::SharedEnvelope envelope_of(const internal::Envelope& stored);

MessageHead head_of(const internal::MessageRow& row);

class Messages {
 public:
  explicit Messages(const Store& store) : store_(store) {}

  // nullopt: the app has no such message.
  absl::StatusOr<std::optional<MessageHead>> head(AppId app, MessageId message) const;
  // nullptr: the app has no such message.
  absl::StatusOr<cluster::SharedEnvelope> envelope(AppId app, MessageId message) const;

  absl::StatusOr<std::optional<internal::MessageRow>> row(AppId app, MessageId message) const;
  // The stored casts of an app that have not expired at `log_time_ms`.
  absl::StatusOr<std::vector<MessageHead>> casts_of(AppId app, uint64_t log_time_ms) const;

  // The row in the store has changed.
  void changed(MessageId message) const;

 private:
  // Acknowledgements of one cast come by the thousand; a head changes with put() only, so it can be
  // kept.
  static constexpr size_t head_cache_size = 64;

  const Store& store_;
  mutable std::array<MessageHead, head_cache_size> recent_{};
};

}  // namespace tocsin::storage
