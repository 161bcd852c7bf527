#include "storage/tables/latencies.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

absl::StatusOr<internal::LatencyRow> row_of(const Store& store, AppId app, MessageId message) {
  internal::LatencyRow row;
  const auto bytes = store.get(Family::details, latency_key(app, message));
  if (!bytes.ok()) return bytes.status();
  if (bytes->has_value() && !row.ParseFromString(**bytes)) {
    return absl::DataLossError("latencies of message " + message.text() + " cannot be read");
  }
  return row;
}

}  // namespace

absl::Status add_latencies(const internal::MessagesDelivered::Delivery& delivery,
                           const MessageHead& head, const Store& store, Store::Batch& batch) {
  const int entries = std::min(delivery.latency_buckets_size(), delivery.latency_counts_size());
  if (entries == 0) return absl::OkStatus();
  auto row = row_of(store, head.app, head.message);
  if (!row.ok()) return row.status();
  row->set_expires_at_ms(head.expires_at_ms);
  auto& deliveries = *row->mutable_deliveries();
  for (int i = 0; i < entries; ++i) {
    const auto bucket = static_cast<int>(
        std::min<uint32_t>(delivery.latency_buckets(i), limits::latency_buckets - 1));
    if (deliveries.size() <= bucket) deliveries.Resize(bucket + 1, 0);
    deliveries[bucket] += delivery.latency_counts(i);
  }
  batch.put(Family::details, latency_key(head.app, head.message), row->SerializeAsString());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint64_t>> read_latencies(const Store& store, AppId app,
                                                     MessageId message) {
  const auto row = row_of(store, app, message);
  if (!row.ok()) return row.status();
  std::vector<uint64_t> deliveries(row->deliveries().begin(), row->deliveries().end());
  deliveries.resize(limits::latency_buckets, 0);
  return deliveries;
}

}  // namespace tocsin::storage
