#include "storage/apply/book_entries.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/tables/latencies.h"

namespace tocsin::storage {
void enter_in_book(BookId book, BookSet kind, const sets::DeviceSet& devices, Batch& batch) {
  add_to_set(batch, book_set_prefix(book, kind), devices);
}

absl::Status add_latencies(const internal::MessagesDelivered::Delivery& delivery,
                           const MessageHead& head, const Store& store, Batch& batch) {
  const int entries = std::min(delivery.latency_buckets_size(), delivery.latency_counts_size());
  if (entries == 0) return absl::OkStatus();
  auto row = latency_row(store, head.app, head.message);
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

}  // namespace tocsin::storage
