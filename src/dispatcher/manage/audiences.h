// Audiences: counts the devices of expressions, and manages uploaded sets of devices by name.
//
// Thread: the dispatcher's shard.
// Bound: audience_ids_max, audiences_per_app_max.
#pragma once

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/audience.pb.h"

namespace tocsin::dispatcher {

class Audiences {
 public:
  explicit Audiences(Services services) : services_(std::move(services)) {}

  void count(const cluster::AppConfig& app, const v1::CountRequest& request, Reply reply);
  void list(const cluster::AppConfig& app, Reply reply);
  void change(const cluster::AppConfig& app, const v1::ChangeAudienceRequest& request, Reply reply);
  void remove(const cluster::AppConfig& app, const v1::DeleteAudienceRequest& request, Reply reply);

 private:
  Services services_;
};

}  // namespace tocsin::dispatcher
