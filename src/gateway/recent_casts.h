// RecentCasts: the casts of the last moments, to close the race between a new session and a running
// cast.
//
// Storage grants a session "as of" a log position: casts up to that position are in its replay. A
// later cast may already have been fanned out here, before the session was in the audience; it is
// remembered and offered when the grant arrives. Nothing is missed, whichever came first.
//
// Thread: one shard.
// Bound: limits::recent_casts_max casts, each for age_ms_max.
#pragma once

#include <cstdint>
#include <deque>

#include "cluster/bus_message.h"

namespace tocsin::gateway {

class RecentCasts {
 public:
  // How long a grant may be under way.
  static constexpr uint64_t age_ms_max = 60'000;

  void add(cluster::Cast cast, uint64_t now_ms);
  // The message was recalled.
  void withdraw(MessageId message);
  // Forget what is too old.
  void expire(uint64_t now_ms);

  // Whether every cast after `position` is still remembered. If not, the device has to reconnect.
  bool covers(cluster::Position position) const { return position >= forgotten_; }

  // Call `offer(cast)` for each remembered cast after `position`, oldest first.
  template <typename Offer>
  void each_behind(cluster::Position position, Offer&& offer) const {
    size_t first = casts_.size();
    while (first > 0 && casts_[first - 1].cast.position > position) --first;
    for (size_t i = first; i < casts_.size(); ++i) offer(casts_[i].cast);
  }

 private:
  struct Remembered {
    cluster::Cast cast;
    uint64_t at_ms;
  };
  void forget_oldest();

  std::deque<Remembered> casts_;  // rising positions: a dispatcher publishes in commit order
  cluster::Position forgotten_ = 0;
};

}  // namespace tocsin::gateway
