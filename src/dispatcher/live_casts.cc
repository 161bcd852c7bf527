#include "dispatcher/live_casts.h"

namespace tocsin::dispatcher {

bool LiveCasts::admit(AppId app, uint64_t expires_at_ms, uint64_t now_ms, uint64_t alive) {
  if (expires_at_ms <= now_ms) return true;
  auto& expiries = by_app_[app.value];
  expiries.erase(expiries.begin(), expiries.upper_bound(now_ms));
  if (expiries.size() < per_app_max_) {
    expiries.insert(expires_at_ms);
    return true;
  }
  if (alive >= per_app_max_) return false;
  // Most have reached everybody: forget the one that would be forgotten next.
  expiries.erase(expiries.begin());
  expiries.insert(expires_at_ms);
  return true;
}

void LiveCasts::withdraw(AppId app, uint64_t expires_at_ms) {
  const auto found = by_app_.find(app.value);
  if (found == by_app_.end()) return;
  const auto expiry = found->second.find(expires_at_ms);
  if (expiry != found->second.end()) found->second.erase(expiry);
}

}  // namespace tocsin::dispatcher
