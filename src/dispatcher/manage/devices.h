// Devices: shows, changes and deletes an app's devices, for app servers.
//
// Thread: the dispatcher's shard.
// Bound: devices_page_max devices per answer.
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
  // Delete all devices of a user.
  void remove_alias(const cluster::AppConfig& app, const v1::DeleteAliasRequest& request,
                    Reply reply);

 private:
  // If the device is one of the app's, append `record` and answer when it is in force.
  template <typename Response>
  void append_for(const cluster::AppConfig& app, const DeviceId& device, std::string record,
                  Response response, Reply reply);

  Services services_;
};

}  // namespace tocsin::dispatcher
