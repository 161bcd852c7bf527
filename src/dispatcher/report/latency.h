// How long deliveries took, as the API tells it, from the buckets that storage counts them in.
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// `deliveries` by bucket as in storage::Books. Requires that there is one.
v1::MessageReport::Latency latency_of(const std::vector<uint64_t>& deliveries);

bool has_deliveries(const std::vector<uint64_t>& deliveries);

}  // namespace tocsin::dispatcher
