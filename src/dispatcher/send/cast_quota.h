// CastQuota: which app may start another cast.
//
// Every live cast costs memory and work at every reconnect, so there is a bound of live_casts_max
// per app; one app's flood must never refuse another app's alert. Storage knows how many casts are
// alive in all (one ends when everybody has it, or at its expiry); here is known which app's have
// not expired. An app is refused when both are at the bound: what it has sent may then still be
// pending. A cast of time to live 0 is never alive. Casts from before this process started count in
// storage's number only.
//
// Thread: one owner.  Bound: live_casts_max times of expiry per app.
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
