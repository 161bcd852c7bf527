// Latencies: how long the deliveries of each message took, by bucket (latency_buckets.h).
//
// Thread: the storage thread.  Bound: latency_buckets numbers a message.
#pragma once

#include <vector>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// The stored row; of a message without acknowledgements a row without deliveries. DATA_LOSS when it cannot be read.
absl::StatusOr<internal::LatencyRow> latency_row(const Store& store, AppId app, MessageId message);

// Deliveries by bucket, latency_buckets of them.
absl::StatusOr<std::vector<uint64_t>> read_latencies(const Store& store, AppId app,
                                                     MessageId message);

}  // namespace tocsin::storage
