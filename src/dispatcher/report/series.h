// Series: what happened in an app, by time step.
//
// Thread: the dispatcher's shard.
// Bound: series_steps_max.
#pragma once

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/reports.pb.h"

namespace tocsin::dispatcher {

class Series {
 public:
  explicit Series(Services services) : services_(std::move(services)) {}

  void get(const cluster::AppConfig& app, const v1::GetSeriesRequest& request, Reply reply);

 private:
  Services services_;
};

}  // namespace tocsin::dispatcher
