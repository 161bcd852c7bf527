// Dispatcher: the role that accepts sends. The API and its HTTP server, on a shard of its own, so
// that nothing a gateway or storage does delays a send.
//
//   start() --> running --stop()--> stopped (takes no requests; those under way were answered)
//
// Thread: start() and stop() from the thread that composes the server.
// Bound: those of runtime/http_server/http_server.h.
#pragma once

#include <cstdint>
#include <memory>

#include <absl/status/statusor.h>

#include "cluster/bus.h"
#include "cluster/log.h"
#include "cluster/storage_client.h"
#include "dispatcher/options.h"
#include "webhooks/webhooks.h"

namespace tocsin::dispatcher {

class Dispatcher {
 public:
  // Returns when the API takes requests. INVALID_ARGUMENT for an identity or address that does not
  // parse, UNAVAILABLE when the address is taken or storage does not answer. Log, bus, storage and
  // webhooks outlive the result, which must outlive the traffic on the bus (cluster/bus.h): stop
  // storage before destroying it.
  static absl::StatusOr<std::unique_ptr<Dispatcher>> start(Options options, cluster::Log& log,
                                                           cluster::Bus& bus,
                                                           cluster::StorageClient& storage,
                                                           webhooks::Webhooks& webhooks);
  ~Dispatcher();  // stops

  // The ports the API listens on. Without TLS: 0 when off. gRPC: port(), unless it has an address of
  // its own.
  uint16_t port() const;
  uint16_t plain_port() const;
  uint16_t grpc_port() const;

  // Answer all calls under way, close all connections, end the shard. Idempotent.
  void stop();

 private:
  class Impl;
  explicit Dispatcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::dispatcher
