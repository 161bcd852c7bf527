// Sends: from a request to send to the answer "accepted"; and recalls.
//
//   check --> seen before? --> devices known? --> log --> committed --> cast to gateways --> 202
//     |       (idempotency     (named devices)                |         (tag, everyone)
//     |        key)                                           `-> storage reads it on its own
//     `-> for later: Schedules
//
// After the commit, nothing waits: the cast is published and the answer given on the log's own
// thread, before any other part of this process is involved.
//
// Thread: the dispatcher's shard.
// Bound: live_casts_max casts per app.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/cast_quota.h"
#include "dispatcher/send/idempotency.h"
#include "dispatcher/send/releases.h"
#include "dispatcher/send/rollouts.h"
#include "dispatcher/send/schedules.h"
#include "dispatcher/send/send_quota.h"
#include "dispatcher/send/send_request.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

class Sends {
 public:
  using OpenReply = std::function<Reply(Reply::Respond)>;
  using FindApp = std::function<const cluster::AppConfig*(AppId)>;

  // `schedules` and `rollouts` outlive this.
  Sends(Services services, MessageIdSource ids, size_t live_casts_max, OpenReply open,
        FindApp find_app, Schedules& schedules, Rollouts& rollouts);

  void send(const Caller& caller, const v1::SendRequest& request, Reply reply);
  // The same to the audience of a list (list_send.h); `digest` stands for its ids.
  void send_list(AppId app, Scopes scopes, const v1::SendRequest& request,
                 const std::string& digest, Reply reply);
  // A reply whose answer goes to `reply`, and which keeps `held` alive until then.
  Reply keeping(std::shared_ptr<const void> held, Reply reply) const;
  // A schedule is due: send its request as the message with the id that it was given.
  void send_scheduled(AppId app, MessageId id, const v1::SendRequest& request, const Reply& reply);

  // Withdraw a message of `app`.
  void recall(const cluster::AppConfig& app, const v1::RecallRequest& request, Reply reply);

  // Storage's number of live casts, updated periodically.
  void set_live_casts(uint64_t alive) { alive_ = alive; }

  // Ask storage how many devices `app` has, for ack_spread_ms(). The answer comes later; a cast
  // never waits for it.
  void refresh_audience(AppId app);

 private:
  struct Job;  // a checked send and its way back
  void send_checked(const Caller& caller, Send send, const v1::SendRequest& request, Reply reply);
  // Whatever speaks against the send before anything is looked up.
  absl::Status check(const Caller& caller, const Send& send);
  // Answer with a token instead, if the app wants this send confirmed.
  bool is_held(const cluster::AppConfig& app, const Send& send, const std::string& token,
               const Reply& reply);
  void go_on(std::shared_ptr<Job> job, Reply reply);
  void append_recall(AppId app, const cluster::Books& recalled, bool notify, const Reply& reply);

  // Answer whom it would reach, with the token that confirms it.
  void estimate(const cluster::AppConfig& app, const Send& send, std::optional<std::string> token,
                Reply reply);
  void check_devices(std::shared_ptr<Job> job);
  void accept(const Job& job);
  void append(const Job& job, struct Acceptance acceptance);

  Services services_;
  OpenReply open_;
  FindApp find_app_;
  MessageIdSource ids_;
  CastQuota cast_quota_;
  SendQuota quota_;
  Releases releases_;
  Idempotency idempotency_;
  Schedules& schedules_;
  Rollouts& rollouts_;
  uint64_t alive_ = 0;
  std::unordered_map<uint32_t, uint64_t> audience_;  // app -> devices, when last asked
};

}  // namespace tocsin::dispatcher
