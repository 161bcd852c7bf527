// GrpcServer: the API over gRPC (HTTP/2, TLS): the services of the schema, reflection and health.
//
// A call goes to the dispatcher's shard at once; the library's own threads only carry bytes. Errors
// have the canonical code and message, and the whole tocsin.v1.ErrorResponse.Body in the trailing
// metadata `tocsin-error-bin`. The key comes in the metadata `authorization`, as over REST.
//
// Thread: listen() and stop() from the thread that composes the server.
// Bound: grpc_streams_max calls a connection, grpc_bytes_max of memory, http_body_bytes_max a
// message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "dispatcher/api.h"
#include "dispatcher/reply/services.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::dispatcher {

class GrpcServer {
 public:
  // `api` outlives this; it is called on the shard behind `mailbox`.
  GrpcServer(Api& api, runtime::Mailbox mailbox);
  ~GrpcServer();  // stops

  // Take calls on `address` ("0.0.0.0:9443"; port 0 takes a free one). Returns the port.
  // UNAVAILABLE when the address cannot be had.
  absl::StatusOr<uint16_t> listen(const std::string& address, const runtime::TlsIdentity& identity);
  // Take no new calls; wait at most http_stop_ms_max for those under way. The shard must still run.
  // Idempotent.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::dispatcher
