#include "gateway/recent_casts.h"

#include <algorithm>

#include "base/limits.h"

namespace tocsin::gateway {

void RecentCasts::add(cluster::Cast cast, uint64_t now_ms) {
  if (casts_.size() == limits::recent_casts_max) forget_oldest();
  casts_.push_back({std::move(cast), now_ms});
}

void RecentCasts::expire(uint64_t now_ms) {
  while (!casts_.empty() && casts_.front().at_ms + age_ms_max <= now_ms) forget_oldest();
}

void RecentCasts::withdraw(MessageId message) {
  std::erase_if(casts_,
                [&](const Remembered& one) { return one.cast.envelope->message == message; });
}

void RecentCasts::forget_oldest() {
  forgotten_ = std::max(forgotten_, casts_.front().cast.position);
  casts_.pop_front();
}

}  // namespace tocsin::gateway
