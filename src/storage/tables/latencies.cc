#include "storage/tables/latencies.h"

#include "base/limits.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
absl::StatusOr<internal::LatencyRow> latency_row(const Store& store, AppId app, MessageId message) {
  internal::LatencyRow row;
  const auto bytes = store.get(Family::details, latency_key(app, message));
  if (!bytes.ok()) return bytes.status();
  if (bytes->has_value() && !row.ParseFromString(**bytes)) {
    return absl::DataLossError("latencies of message " + message.text() + " cannot be read");
  }
  return row;
}

absl::StatusOr<std::vector<uint64_t>> read_latencies(const Store& store, AppId app,
                                                     MessageId message) {
  const auto row = latency_row(store, app, message);
  if (!row.ok()) return row.status();
  std::vector<uint64_t> deliveries(row->deliveries().begin(), row->deliveries().end());
  deliveries.resize(limits::latency_buckets, 0);
  return deliveries;
}

}  // namespace tocsin::storage
