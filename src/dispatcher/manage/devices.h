// Devices: looking at an app's devices, changing and deleting them, from the server side.
//
// Thread: the dispatcher's shard.
// Bound: devices_page_max devices an answer.
#pragma once

#include <string>

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/devices.pb.h"

namespace tocsin::dispatcher {

class Devices {
 public:
  explicit Devices(Services services) : services_(std::move(services)) {}

  void get(const cluster::AppConfig& app, const v1::GetDeviceRequest& request, Reply reply);
  void list(const cluster::AppConfig& app, const v1::ListDevicesRequest& request, Reply reply);
  void update(const cluster::AppConfig& app, const v1::UpdateDeviceRequest& request, Reply reply);
  void remove(const cluster::AppConfig& app, const v1::DeleteDeviceRequest& request, Reply reply);
  // All devices of a user.
  void remove_alias(const cluster::AppConfig& app, const v1::DeleteAliasRequest& request,
                    Reply reply);

 private:
  // Make it durable and in force, then answer, if the device is one of the app.
  template <typename Response>
  void append_for(const cluster::AppConfig& app, const DeviceId& device, std::string record,
                  Response response, Reply reply);

  Services services_;
};

}  // namespace tocsin::dispatcher
