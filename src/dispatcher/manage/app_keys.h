// AppKeys: making, listing, rotating and revoking the keys of an app, and changing its settings.
//
// Every change is a log record, and is answered when it is in force. A key's secret is shown by the
// call that made it and kept as a hash only.
//
// Thread: the dispatcher's shard.
// Bound: keys_per_app_max keys an app.
#pragma once

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::dispatcher {

class AppKeys {
 public:
  explicit AppKeys(Services services) : services_(std::move(services)) {}

  void create(const cluster::AppConfig& app, const v1::CreateKeyRequest& request, Reply reply);
  void list(const cluster::AppConfig& app, Reply reply);
  void rotate(const cluster::AppConfig& app, const v1::RotateKeyRequest& request, Reply reply);
  void revoke(const cluster::AppConfig& app, const v1::RevokeKeyRequest& request, Reply reply);

 private:
  Services services_;
};

}  // namespace tocsin::dispatcher
