// Full-jitter exponential back-off: wait rand(0, min(cap, base * 2^n)).
//
// Spreads a crowd of reconnecting devices evenly instead of in waves (Brooker, "Exponential Backoff
// and Jitter", AWS Architecture Blog, 2015).
//
// Thread: one owner.
// Bound: `cap_ms`.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/prng.h"

namespace tocsin {

class Backoff {
 public:
  Backoff(uint64_t base_ms, uint64_t cap_ms) : base_ms_(base_ms), cap_ms_(cap_ms) {}

  // The wait before the next attempt, milliseconds.
  uint64_t next_ms(Prng& prng) {
    const uint64_t ceiling_ms = std::min(cap_ms_, base_ms_ << std::min<uint32_t>(attempts_, 20));
    ++attempts_;
    return prng.below(ceiling_ms + 1);
  }

  // Call once a connection has proved stable.
  void reset() { attempts_ = 0; }
  uint32_t attempts() const { return attempts_; }

 private:
  uint64_t base_ms_;
  uint64_t cap_ms_;
  uint32_t attempts_ = 0;
};

}  // namespace tocsin
