// Rollouts: messages that go out in steps. Storage knows how far each has come; this class takes
// the next step when it is due (rollout_plan.h), as a log record.
//
// Steps are numbered, so that a step taken twice, by two dispatchers or after a crash, counts once.
//
// Thread: the dispatcher's shard.
// Bound: rollouts_max under way, rollouts_per_app_max per app; one step per second each.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <absl/status/status.h>

#include "base/limits.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/rollout_plan.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

class Rollouts {
 public:
  explicit Rollouts(Services services) : services_(services) {}

  // Once per second, take the steps that are due. Call it more often than that.
  void tick(uint64_t now_ms);

  // Count one that begins. RESOURCE_EXHAUSTED when there is no room for another.
  absl::Status begin(AppId app, MessageId message, uint64_t now_ms);

  // Stop one; when that is in force, call `stopped`. FAILED_PRECONDITION for a message that does
  // not go out in steps; one that has ended stays as it is.
  void stop(const cluster::AppConfig& app, const v1::StopRequest& request, Reply reply,
            std::function<void()> stopped);

 private:
  using Progresses = google::protobuf::RepeatedPtrField<internal::RolloutProgress>;
  void note_running(const Progresses& rollouts, uint64_t now_ms);
  void go_on(const internal::RolloutProgress& rollout, uint64_t now_ms);
  void judge_canaries(const internal::RolloutProgress& rollout, uint64_t now_ms);
  void append(const internal::RolloutProgress& rollout, const RolloutStep& step,
              std::function<void(absl::Status)> done);
  void end_step(const internal::RolloutProgress& rollout);

  Services services_;
  std::set<std::pair<uint32_t, uint64_t>> stepping_;  // app, message: until the step is in force
  // When a canary that no device has yet was last judged: that costs reading all its sets.
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> judged_at_ms_;
  // Those running, and when each was last seen running or was begun: it may not be in storage yet.
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> running_;
  uint64_t asked_at_ms_ = 0;
  bool asking_ = false;
};

}  // namespace tocsin::dispatcher
