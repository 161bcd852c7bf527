// TimerWheel: coarse deadlines for a million connections, 8 bytes each, O(1) to set and to cancel
// (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987).
//
// One ring of `ticks` buckets, each a doubly linked list through the entries themselves. The wheel
// does not own the entries: they live in an array, are named by index, and each has a `Link`. A
// deadline beyond the length of the ring is not accepted; owners re-arm instead.
//
//     tick 0    1    2   ...   ticks-1
//        [ ]  [3]  [ ]         [7]         bucket heads; 3 <-> 9 <-> 4 share a bucket
//              9
//              4
//
// Thread: one owner.
// Bound: one entry per index; deadlines below now + ticks.
#pragma once

#include <cstdint>
#include <vector>

#include "base/check.h"

namespace tocsin {

class TimerWheel {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  // Embedded in the entry. Zero-cost when unset: bucket == none.
  struct Link {
    uint32_t next = none;
    uint32_t previous = none;  // the entry before, or (head_flag | bucket) for the first
  };

  // `ticks` is a power of two.
  explicit TimerWheel(uint32_t ticks) : heads_(ticks, none), mask_(ticks - 1) {
    TOCSIN_CHECK(ticks > 1 && (ticks & mask_) == 0 && ticks < head_flag);
  }

  uint32_t now() const { return now_; }
  // The furthest deadline from now that arm() takes.
  uint32_t ticks_max() const { return mask_; }

  // Arm entry `index` to expire `in_ticks` from now (1 .. ticks_max()). Requires it not to be
  // armed. `link_of(index)` gives the Link of an entry.
  template <typename LinkOf>
  void arm(uint32_t index, uint32_t in_ticks, LinkOf&& link_of) {
    TOCSIN_CHECK(in_ticks >= 1 && in_ticks <= mask_);
    const uint32_t bucket = (now_ + in_ticks) & mask_;
    Link& link = link_of(index);
    TOCSIN_CHECK(!is_armed(link));
    link.next = heads_[bucket];
    link.previous = head_flag | bucket;
    if (link.next != none) link_of(link.next).previous = index;
    heads_[bucket] = index;
  }

  // Cancel; does nothing when it is not armed.
  template <typename LinkOf>
  void disarm(uint32_t index, LinkOf&& link_of) {
    Link& link = link_of(index);
    if (!is_armed(link)) return;
    if (link.next != none) link_of(link.next).previous = link.previous;
    if (link.previous & head_flag) {
      heads_[link.previous & ~head_flag] = link.next;
    } else {
      link_of(link.previous).next = link.next;
    }
    link = Link{};
  }

  // Move on by one tick and call `on_expired(index)` for each entry due; it is disarmed by then and
  // may be armed again from within.
  template <typename LinkOf, typename OnExpired>
  void tick(LinkOf&& link_of, OnExpired&& on_expired) {
    ++now_;
    const uint32_t bucket = now_ & mask_;
    while (heads_[bucket] != none) {
      const uint32_t index = heads_[bucket];
      disarm(index, link_of);
      on_expired(index);
    }
  }

  static bool is_armed(const Link& link) { return link.previous != none; }

 private:
  static constexpr uint32_t head_flag = uint32_t{1} << 31;

  std::vector<uint32_t> heads_;
  uint32_t mask_;
  uint32_t now_ = 0;
};

}  // namespace tocsin
