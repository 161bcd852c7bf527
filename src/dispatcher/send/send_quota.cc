#include "dispatcher/send/send_quota.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {

absl::Status SendQuota::admit(const cluster::AppConfig& app, uint64_t now_ms) {
  const uint32_t rate = app.settings.sends_per_s;
  if (rate == 0) return absl::OkStatus();
  const double burst = app.settings.send_burst == 0 ? rate : app.settings.send_burst;
  const auto [at, fresh] = by_app_.try_emplace(app.id.value, Bucket{burst, now_ms});
  Bucket& bucket = at->second;
  const uint64_t passed_ms = now_ms - std::min(now_ms, bucket.filled_at_ms);
  bucket.tokens = std::min(burst, bucket.tokens + static_cast<double>(passed_ms) * rate / 1000);
  bucket.filled_at_ms = now_ms;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return absl::OkStatus();
  }
  const auto wait_s = static_cast<uint32_t>(std::ceil((1 - bucket.tokens) / rate));
  return with_retry_after(
      absl::ResourceExhaustedError(fmt::format(
          "this app may send {} times per second, {} at once (sends_per_s, send_burst): wait", rate,
          static_cast<uint64_t>(burst))),
      std::max(1u, wait_s));
}

}  // namespace tocsin::dispatcher
