// Rollouts: messages that go out in steps. Storage knows how far each is; here it is seen to that
// the next step is made when it is time (rollout_plan.h), as a record of the log.
//
// Steps are numbered, so that a step made twice, by two dispatchers or after a crash, counts once.
//
// Thread: the dispatcher's shard.
// Bound: rollouts_max under way, rollouts_per_app_max of an app; a step a second each.
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

  // Make the steps that are due, each second. Call it more often than that.
  void tick(uint64_t now_ms);

  // Count one that begins. RESOURCE_EXHAUSTED when no other may.
  absl::Status begin(AppId app, MessageId message, uint64_t now_ms);

  // End one; then, when that is in force, call `stopped`. FAILED_PRECONDITION for a message that
  // does not go out in steps; one that has ended stays as it is.
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
  // When canaries that nobody has yet were last looked at: it costs reading all their sets.
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> judged_at_ms_;
  // Those that run, and when each was seen running, or begun: it may not be in storage yet.
  std::map<std::pair<uint32_t, uint64_t>, uint64_t> running_;
  uint64_t asked_at_ms_ = 0;
  bool asking_ = false;
};

}  // namespace tocsin::dispatcher
