#include "storage/tables/delivery_conditions.h"

#include <absl/status/status.h>

#include "base/limits.h"

namespace tocsin::storage {
namespace {

constexpr uint32_t day_min = 24 * 60;

}  // namespace

SharedConditions DeliveryConditions::of(const internal::Envelope& stored,
                                        const cluster::SharedEnvelope& envelope,
                                        TraitNames& names) {
  if (!stored.has_conditions()) return nullptr;
  auto conditions = std::make_shared<DeliveryConditions>();
  conditions->window_from_min_ = stored.conditions().window_from_min();
  conditions->window_until_min_ = stored.conditions().window_until_min();
  conditions->local_from_min_ = stored.conditions().local_from_min();
  conditions->device_conditions_ = stored.conditions().device_conditions();
  conditions->envelope_ = envelope;
  for (const auto& variant : stored.conditions().variants()) {
    auto other = std::make_shared<cluster::Envelope>(*envelope);
    other->push_frame = variant.push_frame();
    if (const uint16_t platform = names.platform_of(variant.platform()); platform > 0) {
      conditions->by_platform_.emplace(platform, std::move(other));
    }
  }
  return conditions;
}

bool DeliveryConditions::allow(Traits traits, uint64_t now_ms, const TraitNames& names) const {
  const uint32_t hold = traits.conditions;
  if ((device_conditions_ & ~hold) != 0) return false;
  return !have_clock() || clock_allows(names.local_minutes(traits.zone, now_ms));
}

bool DeliveryConditions::clock_allows(uint64_t local_min) const {
  if (local_min < local_from_min_) return false;
  if (window_from_min_ == window_until_min_) return true;
  const uint64_t minute = local_min % day_min;
  return window_from_min_ < window_until_min_
             ? minute >= window_from_min_ && minute < window_until_min_
             : minute >= window_from_min_ || minute < window_until_min_;
}

const cluster::SharedEnvelope& DeliveryConditions::envelope_for(Traits traits) const {
  const auto found = by_platform_.find(traits.platform);
  return found == by_platform_.end() ? envelope_ : found->second;
}

absl::Status check_conditions(const internal::DeliveryConditions& stored) {
  if (stored.window_from_min() >= day_min || stored.window_until_min() >= day_min) {
    return absl::InvalidArgumentError("a window beyond the day");
  }
  if (static_cast<size_t>(stored.variants_size()) > limits::platform_overrides_max) {
    return absl::InvalidArgumentError("too many variants of a message");
  }
  return absl::OkStatus();
}

}  // namespace tocsin::storage
