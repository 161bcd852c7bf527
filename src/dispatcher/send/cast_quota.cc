#include "dispatcher/send/cast_quota.h"

#include <algorithm>

namespace tocsin::dispatcher {

bool CastQuota::admit(AppId app, size_t app_max, uint64_t expires_at_ms, uint64_t now_ms,
                      uint64_t alive) {
  const size_t max = app_max == 0 ? per_app_max_ : std::min(app_max, per_app_max_);
  if (expires_at_ms <= now_ms) return true;
  auto& expiries = by_app_[app.value];
  expiries.erase(expiries.begin(), expiries.upper_bound(now_ms));
  if (expiries.size() < max) {
    expiries.insert(expires_at_ms);
    return true;
  }
  if (alive >= max) return false;
  // Most have reached every device: forget the one that would be forgotten next.
  expiries.erase(expiries.begin());
  expiries.insert(expires_at_ms);
  return true;
}

void CastQuota::withdraw(AppId app, uint64_t expires_at_ms) {
  const auto found = by_app_.find(app.value);
  if (found == by_app_.end()) return;
  const auto expiry = found->second.find(expires_at_ms);
  if (expiry != found->second.end()) found->second.erase(expiry);
}

}  // namespace tocsin::dispatcher
