// Reports: what became of a message, on all devices and on one.
//
// Thread: the dispatcher's shard.
#pragma once

#include <string>

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// The books of a message as the API reports them.
v1::MessageReport report_of(const std::string& app, const cluster::Books& books);

class Reports {
 public:
  explicit Reports(Services services) : services_(std::move(services)) {}

  void get(const cluster::AppConfig& app, const v1::GetMessageRequest& request, Reply reply);
  void list(const cluster::AppConfig& app, const v1::ListMessagesRequest& request, Reply reply);
  void get_device(const cluster::AppConfig& app, const v1::GetDeviceReportRequest& request,
                  Reply reply);

 private:
  Services services_;
};

}  // namespace tocsin::dispatcher
