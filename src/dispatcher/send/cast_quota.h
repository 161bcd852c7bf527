// CastQuota: decides whether an app may start another cast.
//
// Every live cast costs memory and work at every reconnect, so each app may have at most
// live_casts_max; one app's flood must never cause another app's alert to be refused. Storage knows
// how many casts are alive in all (one ends when every device has it, or when it expires); this
// class knows how many of each app have not expired. An app is refused when both are at the bound:
// only then may everything it sent still be pending. A cast with time to live 0 is never alive.
// Casts from before this process started count only in storage's number.
//
// Thread: one owner.
// Bound: live_casts_max expiry times per app.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <unordered_map>

#include "base/ids.h"
#include "base/limits.h"

namespace tocsin::dispatcher {

class CastQuota {
 public:
  explicit CastQuota(size_t per_app_max = limits::live_casts_max) : per_app_max_(per_app_max) {}

  // Count a cast of `app` that expires at `expires_at_ms`; `alive` is storage's number, `app_max`
  // the app's own bound (0: per_app_max). False, and not counted, when the app has its maximum at
  // `now_ms`.
  bool admit(AppId app, size_t app_max, uint64_t expires_at_ms, uint64_t now_ms, uint64_t alive);

  // The cast admitted with this expiry was not accepted after all.
  void withdraw(AppId app, uint64_t expires_at_ms);

  size_t per_app_max() const { return per_app_max_; }

 private:
  size_t per_app_max_;
  std::unordered_map<uint32_t, std::multiset<uint64_t>> by_app_;
};

}  // namespace tocsin::dispatcher
