// FloodGuard: how much cheap mischief one connection may do: a token bucket (leaky bucket as a
// meter).
//
// Some things cost the sender next to nothing and lead to no call: PING, SETTINGS, PRIORITY, empty
// DATA, frames that are invalid, streams opened to be refused, requests without a valid key. Honest
// clients do some of each. Each takes tokens; a connection that runs out of them is closed with
// ENHANCE_YOUR_CALM (RFC 9113 section 10.5) or 429.
//
// Thread: one owner.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/limits.h"

namespace tocsin::runtime {

class FloodGuard {
 public:
  // False when there are not so many left at `now_ms`.
  bool take(uint32_t tokens, uint64_t now_ms) {
    const uint64_t elapsed_ms = now_ms - filled_ms_;
    filled_ms_ = now_ms;
    // So many per second are as many thousandths per millisecond.
    left_milli_ = std::min<uint64_t>(uint64_t{limits::http_flood_tokens_max} * 1000,
                                     left_milli_ + elapsed_ms * limits::http_flood_tokens_per_s);
    if (left_milli_ < uint64_t{tokens} * 1000) return false;
    left_milli_ -= uint64_t{tokens} * 1000;
    return true;
  }

 private:
  uint64_t left_milli_ = uint64_t{limits::http_flood_tokens_max} * 1000;
  uint64_t filled_ms_ = 0;  // long ago
};

}  // namespace tocsin::runtime
