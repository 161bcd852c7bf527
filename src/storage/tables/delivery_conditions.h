// DeliveryConditions: when a message may be delivered to a device, and as what.
//
//   window      only at these minutes of the day by the device's clock
//   local_from  not before this time by the device's clock
//   conditions  only while these hold on the device
//   variants    another frame for devices of a platform
//
// Thread: immutable after the start; the storage lane.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "cluster/bus_message.h"
#include "storage/tables/traits.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

class DeliveryConditions {
 public:
  // The conditions of a stored message; nullptr when it has none.
  static std::shared_ptr<const DeliveryConditions> of(const internal::Envelope& stored,
                                                      const cluster::SharedEnvelope& envelope,
                                                      TraitNames& names);

  // Whether a device with these traits may have the message now.
  bool allow(Traits traits, uint64_t now_ms, const TraitNames& names) const;
  // What such a device is sent.
  const cluster::SharedEnvelope& envelope_for(Traits traits) const;

  // The clock decides too: who may not have it now may have it later.
  bool clock_allows(uint64_t local_min) const;
  bool have_clock() const { return window_from_min_ != window_until_min_ || local_from_min_ > 0; }
  uint32_t device_conditions() const { return device_conditions_; }

 private:
  uint32_t window_from_min_ = 0;
  uint32_t window_until_min_ = 0;
  uint64_t local_from_min_ = 0;
  uint32_t device_conditions_ = 0;
  cluster::SharedEnvelope envelope_;
  absl::flat_hash_map<uint16_t, cluster::SharedEnvelope> by_platform_;
};
using SharedConditions = std::shared_ptr<const DeliveryConditions>;

// Whether `stored` can be conditions at all: INVALID_ARGUMENT when it is not.
absl::Status check_conditions(const internal::DeliveryConditions& stored);

}  // namespace tocsin::storage
