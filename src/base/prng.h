// A small seeded generator (splitmix64: Steele, Lea, Flood, OOPSLA 2014) for jitter and tests.
//
// Reproducible from its seed, which is why fsm and simulator code takes one as an argument. Not for
// secrets.
//
// Thread: one owner.
#pragma once

#include <cstdint>

namespace tocsin {

class Prng {
 public:
  explicit Prng(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound) up to a bias below 2^-32 for bound < 2^32; 0 when bound is 0.
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

 private:
  uint64_t state_;
};

}  // namespace tocsin
