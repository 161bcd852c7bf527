#include "dispatcher/send/releases.h"

#include <algorithm>

#include "base/hex.h"
#include "base/limits.h"
#include "runtime/tls/key_material.h"

namespace tocsin::dispatcher {

std::string Releases::hold(AppId app, const std::string& fingerprint, uint64_t now_ms) {
  std::array<uint8_t, 16> random;
  runtime::random_bytes(random);
  held_.push_back({app, fingerprint, to_hex(random), now_ms + limits::release_ms_max});
  if (held_.size() > limits::releases_max) held_.pop_front();
  return held_.back().token;
}

bool Releases::release(AppId app, const std::string& fingerprint, const std::string& token,
                       uint64_t now_ms) {
  while (!held_.empty() && held_.front().until_ms <= now_ms) held_.pop_front();
  const auto at = std::find_if(held_.begin(), held_.end(), [&](const Held& held) {
    return held.app == app && held.fingerprint == fingerprint && held.token == token;
  });
  if (at == held_.end()) return false;
  held_.erase(at);
  return true;
}

}  // namespace tocsin::dispatcher
