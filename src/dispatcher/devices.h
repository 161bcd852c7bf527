// Devices: the calls on an app's devices and on sets of them: count, change, delete, upload.
//
// Thread: the dispatcher's shard.  Bound: audience_ids_max device ids a call, audiences_per_app_max
// audiences; a user with more than alias_devices_max devices is not deleted by alias.
#pragma once

#include <string>

#include "cluster/bus_message.h"
#include "dispatcher/reply.h"
#include "dispatcher/services.h"

namespace tocsin::dispatcher {

class Devices {
 public:
  explicit Devices(Services services) : services_(std::move(services)) {}

  // `body` is a CountRequest.
  void count(const cluster::AppConfig& app, const std::string& body, Reply reply);
  void list_audiences(const cluster::AppConfig& app, Reply reply);
  // `body` is a ChangeAudienceRequest.
  void change_audience(const cluster::AppConfig& app, const std::string& name,
                       const std::string& body, Reply reply);
  // `body` is an UpdateDeviceRequest.
  void update(const cluster::AppConfig& app, const std::string& device, const std::string& body,
              Reply reply);
  void remove(const cluster::AppConfig& app, const std::string& device, Reply reply);
  void remove_alias(const cluster::AppConfig& app, const std::string& alias, Reply reply);

 private:
  // Make it durable, then answer with `body`.
  void append(std::string record, const char* what, std::string body, const Reply& reply);
  // The same if the device is one of the app.
  void append_for(const cluster::AppConfig& app, const DeviceId& device, std::string record,
                  std::string body, Reply reply);

  Services services_;
};

}  // namespace tocsin::dispatcher
