// WebhookCalls: the calls in which an app asks about its webhook and handles its dead letters.
//
// Thread: the dispatcher's shard.
#pragma once

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/webhooks.pb.h"
#include "webhooks/webhooks.h"

namespace tocsin::dispatcher {

class WebhookCalls {
 public:
  // `webhooks` outlives this.
  WebhookCalls(Services services, webhooks::Webhooks& webhooks)
      : services_(std::move(services)), webhooks_(webhooks) {}

  void get(const cluster::AppConfig& app, Reply reply);
  void test(const cluster::AppConfig& app, Reply reply);
  void dead_letters(const cluster::AppConfig& app, Reply reply);
  void retry(const cluster::AppConfig& app, const v1::RetryDeadLettersRequest& request,
             Reply reply);
  void remove(const cluster::AppConfig& app, const v1::DeleteDeadLetterRequest& request,
              Reply reply);

 private:
  Services services_;
  webhooks::Webhooks& webhooks_;
};

}  // namespace tocsin::dispatcher
