// AppKeys: creates, lists, rotates and revokes the keys of an app.
//
// Every change is a log record, and is answered when it is in force. A key's secret is shown only
// by the call that created it, and stored only as a hash.
//
// Thread: the dispatcher's shard.
// Bound: keys_per_app_max keys per app.
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
