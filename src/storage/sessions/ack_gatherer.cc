#include "storage/sessions/ack_gatherer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

using Delivery = internal::MessagesDelivered::Delivery;

// Upper bounds of the bytes protobuf spends: a Delivery and its ids, a PartitionOrdinals, one
// ordinal and its latency.
constexpr size_t delivery_bytes = 40;
constexpr size_t shard_bytes = 16;
constexpr size_t ordinal_bytes = 5 + 3;
constexpr size_t record_bytes_max = limits::log_record_bytes_max - 64;

bool same_message(const Ack& a, const Ack& b) { return a.message == b.message && a.app == b.app; }
bool same_group(const Ack& a, const Ack& b) {
  return same_message(a, b) && a.opened == b.opened && a.device.partition == b.device.partition;
}

bool goes_before(const Ack& a, const Ack& b) {
  return std::tie(a.message, a.app, a.opened, a.device) <
         std::tie(b.message, b.app, b.opened, b.device);
}

// How many of the sorted acks fit in one record.
size_t fitting(const std::vector<Ack>& sorted) {
  size_t bytes = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const bool first = i == 0;
    if (first || !same_message(sorted[i], sorted[i - 1])) bytes += delivery_bytes;
    if (first || !same_group(sorted[i], sorted[i - 1])) bytes += shard_bytes;
    bytes += ordinal_bytes;
    if (bytes > record_bytes_max) return i;
  }
  return sorted.size();
}

using Latencies = std::array<uint32_t, limits::latency_buckets>;

void put_latencies(Latencies& latencies, Delivery& delivery) {
  for (uint32_t bucket = 0; bucket < latencies.size(); ++bucket) {
    if (latencies[bucket] == 0) continue;
    delivery.add_latency_buckets(bucket);
    delivery.add_latency_counts(std::exchange(latencies[bucket], 0));
  }
}

std::string record_of(const std::vector<Ack>& sorted, uint64_t now_ms) {
  internal::Record record;
  record.mutable_messages_delivered()->set_gathered_at_ms(now_ms);
  auto& deliveries = *record.mutable_messages_delivered()->mutable_deliveries();
  Delivery* delivery = nullptr;
  internal::MessagesDelivered::PartitionOrdinals* partition = nullptr;
  Latencies latencies{};
  for (size_t i = 0; i < sorted.size(); ++i) {
    const Ack& ack = sorted[i];
    if (i == 0 || !same_message(ack, sorted[i - 1])) {
      delivery = deliveries.Add();
      delivery->set_message_id(ack.message.value);
      delivery->set_app_id(ack.app.value);
    }
    if (i == 0 || !same_group(ack, sorted[i - 1])) {
      partition = ack.opened ? delivery->add_opened() : delivery->add_delivered();
      partition->set_partition(ack.device.partition);
    }
    partition->add_ordinals(ack.device.ordinal);
    if (!ack.opened && ack.latency_bucket < latencies.size()) ++latencies[ack.latency_bucket];
    const bool last = i + 1 == sorted.size() || !same_message(ack, sorted[i + 1]);
    if (last) put_latencies(latencies, *delivery);
  }
  return record.SerializeAsString();
}

}  // namespace

bool AckGatherer::add(const Ack& ack) {
  if (all_.contains(ack)) return true;
  if (all_.size() >= limits::acks_waiting_max) return false;
  all_.insert(ack);
  gathered_.push_back(ack);
  return true;
}

bool AckGatherer::holds(AppId app, MessageId message, DeviceRef device) const {
  return all_.contains({message, app, device, false}) ||
         all_.contains({message, app, device, true});
}

std::string AckGatherer::take(uint64_t now_ms) {
  TOCSIN_CHECK(!gathered_.empty() && outstanding_.empty());
  const size_t count = std::min(gathered_.size(), limits::ack_batch_max);
  outstanding_.assign(gathered_.begin(), gathered_.begin() + static_cast<ptrdiff_t>(count));
  gathered_.erase(gathered_.begin(), gathered_.begin() + static_cast<ptrdiff_t>(count));
  std::sort(outstanding_.begin(), outstanding_.end(), goes_before);
  const auto end = outstanding_.begin() + static_cast<ptrdiff_t>(fitting(outstanding_));
  gathered_.insert(gathered_.begin(), end, outstanding_.end());
  outstanding_.erase(end, outstanding_.end());
  return record_of(outstanding_, now_ms);
}

void AckGatherer::settle(bool applied) {
  TOCSIN_CHECK(!outstanding_.empty());
  if (applied) {
    for (const Ack& ack : outstanding_) all_.erase(ack);
  } else {
    gathered_.insert(gathered_.begin(), outstanding_.begin(), outstanding_.end());
  }
  outstanding_.clear();
  if (all_.empty()) all_ = {};  // give back the memory of a burst
}

}  // namespace tocsin::storage
