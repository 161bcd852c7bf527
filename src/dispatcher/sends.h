// Sends: from a request to send to the answer "accepted"; and recalls.
//
//   check -> devices known? -> append to the log -> committed -> cast to the gateways -> 202
//            (named devices)                        |            (tag, everyone)
//                                                   +- storage reads the log by itself
//
// From the commit on, nothing waits: the cast is published and the answer given on the log's own
// thread, before anything else of this process is asked.
//
// Thread: the dispatcher's shard.  Bound: live_casts_max casts per app.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "cluster/bus_message.h"
#include "dispatcher/live_casts.h"
#include "dispatcher/reply.h"
#include "dispatcher/send_request.h"
#include "dispatcher/services.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

class Sends {
 public:
  Sends(Services services, MessageIdSource ids, size_t live_casts_max);

  void send(const cluster::AppConfig& app, const v1::SendRequest& request, Reply reply);

  // Withdraw a message of `app`.
  void recall(const cluster::AppConfig& app, const v1::RecallRequest& request, Reply reply);

  // Storage's number of live casts, now and then.
  void set_live_casts(uint64_t alive) { alive_ = alive; }

  // Ask storage how many devices `app` has, for ack_spread_ms(). The answer comes later; a cast
  // never waits for it.
  void refresh_audience(AppId app);

 private:
  struct Job;  // a checked send and its way back
  void append_recall(AppId app, const storage::Books& recalled, bool notify, const Reply& reply);

  // Answer whom it would reach.
  void estimate(const cluster::AppConfig& app, const Send& send, Reply reply);
  void check_devices(std::shared_ptr<Job> job);
  void accept(const Job& job);
  void append(const Job& job, struct Acceptance acceptance);

  Services services_;
  MessageIdSource ids_;
  LiveCasts live_casts_;
  uint64_t alive_ = 0;
  std::unordered_map<uint32_t, uint64_t> audience_;  // app -> devices, when last asked
};

}  // namespace tocsin::dispatcher
