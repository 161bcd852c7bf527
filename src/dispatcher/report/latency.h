// How long deliveries took, as the API reports it, from the buckets in which storage counts them.
//
// Thread: pure function.
#pragma once

#include <cstdint>

#include <google/protobuf/repeated_field.h>

#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

using Latencies = google::protobuf::RepeatedField<uint64_t>;

// `deliveries` by bucket, as in the answer to a BooksQuestion. Requires at least one delivery.
v1::MessageReport::Latency latency_of(const Latencies& deliveries);

bool has_deliveries(const Latencies& deliveries);

}  // namespace tocsin::dispatcher
