// Totals: the books of many messages added up.
//
// Messages are listed page by page and their books read one by one, each as a task of its own on
// the storage thread, so that sends and acknowledgements pass between them.
//
// Thread: the dispatcher's shard.
// Bound: totals_messages_max messages and totals_ms_max per call, totals_at_once_max calls.
#pragma once

#include <memory>

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/reports.pb.h"

namespace tocsin::dispatcher {

class Totals {
 public:
  explicit Totals(Services services) : services_(std::move(services)) {}

  void get(const cluster::AppConfig& app, const v1::GetTotalsRequest& request, Reply reply);

 private:
  class Run;
  Services services_;
  // How many are under way.
  std::shared_ptr<size_t> running_ = std::make_shared<size_t>(0);
};

}  // namespace tocsin::dispatcher
