// Latencies: how long the deliveries of each message took, by bucket (latency_buckets.h).
//
// Thread: the storage lane.  Bound: latency_buckets numbers a message.
#pragma once

#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "storage/store/store.h"
#include "storage/tables/messages.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Add what a record says of one message. Read and written in one step: a message is in a record
// once.
absl::Status add_latencies(const internal::MessagesDelivered::Delivery& delivery,
                           const MessageHead& head, const Store& store, Store::Batch& batch);

// Deliveries by bucket, latency_buckets of them.
absl::StatusOr<std::vector<uint64_t>> read_latencies(const Store& store, AppId app,
                                                     MessageId message);

}  // namespace tocsin::storage
