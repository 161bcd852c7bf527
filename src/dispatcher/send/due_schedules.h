// DueSchedules: sends the schedules (schedules.h) that have become due.
//
//   waiting --due--> firing --accepted--> gone: the message's own record ends the schedule
//                      |--refused for now (full, unavailable)--> waiting, tried again
//                      `--refused for good--> dropped, and logged
//
// Thread: the dispatcher's shard.
// Bound: one tick fires at most due_at_once_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include <absl/status/status.h>

#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/sends.h"

namespace tocsin::dispatcher {

class DueSchedules {
 public:
  static constexpr size_t due_at_once_max = 256;

  // `sends` outlives this.
  DueSchedules(Services services, Sends& sends, Sends::OpenReply open)
      : services_(std::move(services)), sends_(sends), open_(std::move(open)) {}

  // Send what has become due. Call it every due_ms.
  void tick(uint64_t now_ms);
  static constexpr uint32_t due_ms = 200;

 private:
  void fire(const internal::Schedule& schedule);
  void drop(const internal::Schedule& schedule, const absl::Status& why);

  Services services_;
  Sends& sends_;
  Sends::OpenReply open_;
  std::set<std::pair<uint32_t, uint64_t>> firing_;  // app, id: until the message is in force
  bool asking_ = false;
};

}  // namespace tocsin::dispatcher
