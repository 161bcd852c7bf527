// Apps: creates, lists and changes apps.
//
// An app is created by a log record, like everything else. The answer with its keys waits until
// storage has published the app table that contains it, so the app works the moment its creator
// knows of it. The keys are shown only this once; the send key is stored only as a hash.
//
// Thread: the dispatcher's shard.
// Bound: apps_max.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::dispatcher {

class Apps {
 public:
  Apps(Services services, bool allow_loopback_webhooks)
      : services_(std::move(services)), allow_loopback_webhooks_(allow_loopback_webhooks) {}

  void create(const cluster::AppTable& apps, const v1::CreateAppRequest& request, Reply reply);
  void list(const cluster::AppTable& apps, Reply reply);
  void get(const cluster::AppConfig& app, Reply reply);
  void update(const cluster::AppConfig& app, const v1::UpdateAppRequest& request, Reply reply);
  // A new table is in force: answer those who are waiting for their app in it.
  void on_apps_changed(const cluster::AppTable& apps);

 private:
  struct Creation {
    uint32_t id = 0;
    Reply reply = {};
    v1::App answer = {};  // with its keys
  };

  absl::Status check_new_name(const cluster::AppTable& apps, const std::string& name) const;
  uint32_t next_id(const cluster::AppTable& apps);

  Services services_;
  bool allow_loopback_webhooks_;
  uint32_t last_id_ = 0;
  std::unordered_map<std::string, Creation> under_way_;  // by name
};

}  // namespace tocsin::dispatcher
