// AckGatherer: acknowledgements on their way into the log: many become one record.
//
//   add() -> gathered --take()--> outstanding --settle(true)--> in the log
//                ^------------------settle(false)----/
//
// An acknowledgement that is here is known not to be in the store yet, which is why replay asks
// holds() before it offers a message again.
//
// Thread: the storage thread.  Bound: acks_waiting_max; ack_batch_max in a record.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <tuple>
#include <vector>

#include <absl/container/flat_hash_set.h>

#include "base/ids.h"

namespace tocsin::storage {

struct Ack {
  static constexpr uint8_t latency_unknown = UINT8_MAX;

  MessageId message;
  AppId app;
  DeviceRef device;
  bool opened = false;
  // How long it took (latency_buckets.h). When it is repeated, the first time counts, so this is
  // no part of what tells two apart.
  uint8_t latency_bucket = latency_unknown;

  auto identity() const { return std::tie(message, app, device, opened); }
  friend bool operator==(const Ack& a, const Ack& b) { return a.identity() == b.identity(); }
  friend auto operator<=>(const Ack& a, const Ack& b) { return a.identity() <=> b.identity(); }
  template <typename H>
  friend H AbslHashValue(H h, const Ack& ack) {
    return H::combine(std::move(h), ack.message.value, ack.device.partition, ack.device.ordinal,
                      ack.opened);
  }
};

class AckGatherer {
 public:
  // False when it is full: the ack is forgotten, the device will be asked again. One that is here
  // already is not taken twice.
  bool add(const Ack& ack);

  // Whether the device has acknowledged (delivered or opened) and the store may not know.
  bool holds(AppId app, MessageId message, DeviceRef device) const;

  size_t gathered() const { return gathered_.size(); }
  bool is_outstanding() const { return !outstanding_.empty(); }
  bool empty() const { return gathered_.empty() && outstanding_.empty(); }

  // A tocsin.internal.Record of the oldest ones, serialized, that says `now_ms`. Requires
  // gathered() > 0 and nothing outstanding.
  std::string take(uint64_t now_ms);
  // The record taken is applied, or was not taken by the log. Requires one outstanding.
  void settle(bool applied);

 private:
  std::deque<Ack> gathered_;
  std::vector<Ack> outstanding_;
  absl::flat_hash_set<Ack> all_;  // both of the above
};

}  // namespace tocsin::storage
