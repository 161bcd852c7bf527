// Server: puts the roles of one process together; nothing else lives here.
//
//   start: certificates, admin key -> log -> bus -> gateway (deaf) -> storage (applies the log's
//          tail) -> dispatcher -> gateway takes connections -> ready file
//   stop:  dispatcher (no new sends) -> gateway (devices sent away) -> storage (acks written)
//          -> log
//
// Thread: the main thread.
#pragma once

#include <memory>

#include <absl/status/statusor.h>

#include "cluster/embedded_log.h"
#include "cluster/in_process_bus.h"
#include "dispatcher/dispatcher.h"
#include "gateway/gateway.h"
#include "server/config.h"
#include "storage/storage.h"
#include "webhooks/webhooks.h"

namespace tocsin::server {

class Server {
 public:
  // Returns when the server is serving. Errors say which file, address or key is at fault.
  static absl::StatusOr<std::unique_ptr<Server>> start(const Config& config);
  ~Server();

 private:
  Server() = default;

  std::unique_ptr<cluster::EmbeddedLog> log_;
  std::unique_ptr<cluster::InProcessBus> bus_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<storage::Storage> storage_;
  std::unique_ptr<webhooks::Webhooks> webhooks_;
  std::unique_ptr<dispatcher::Dispatcher> dispatcher_;
  std::string ready_file_;
};

}  // namespace tocsin::server
