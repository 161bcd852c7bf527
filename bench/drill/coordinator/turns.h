// Turns: which workers connect their share now, so that a machine with few CPUs does not run a
// hundred processes at once.
//
// With 56 servers and 56 workers connecting together on two CPUs, a device costs 1.8 ms of CPU,
// with 14 and 14 1.1 ms: more processes take turns on a core, and each server's group commits hold
// fewer registrations. So only some connect at a time, and the next begins when one is nearly
// through.
//
//   waiting --next()--> connecting --nearly all connected, or stalled_ms without another--> through
//
// Thread: one owner.  Bound: what it was made with.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace tocsin::drill {

class Turns {
 public:
  // A worker whose devices cannot connect must not keep the others from it.
  static constexpr uint64_t stalled_ms = 10'000;

  // Workers with so many devices each; `at_once` of them connect at a time, all if it is 0.
  Turns(std::vector<uint32_t> devices, uint32_t at_once);

  // The worker that is to begin at `now_ms`, if there is one; call again until there is none.
  std::optional<uint32_t> next(uint64_t now_ms);

  // So many devices of `worker` are connected, or never will be.
  void on_progress(uint32_t worker, uint32_t settled, uint64_t now_ms);

 private:
  struct Member {
    uint32_t devices = 0;
    uint32_t settled = 0;
    uint64_t moved_ms = 0;  // when that last grew
  };

  bool is_through(const Member& member, uint64_t now_ms) const;

  std::vector<Member> members_;
  uint32_t at_once_;
  uint32_t begun_ = 0;                // the first so many have had their turn, or have it
  std::vector<uint32_t> connecting_;  // those that have it
};

}  // namespace tocsin::drill
