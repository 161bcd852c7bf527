// GrpcHealth: gRPC's standard health service (grpc.health.v1), without a key.
//
// SERVING is the truth of the whole server (ApiState): log and storage work, and it is not ending.
// Its services have no health of their own.
//
// Thread: the connection's; the constructor any.
// Bound: grpc_health_watches_max watches, of which grpc_health_strangers_max without a key.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dispatcher/transport/grpc/grpc_call.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class GrpcHealth {
 public:
  explicit GrpcHealth(std::shared_ptr<ApiGate> gate);

  static bool has(std::string_view path);
  // The sink of a call to `path`, which has() it.
  std::unique_ptr<runtime::HttpBodySink> begin(std::string_view path,
                                               std::shared_ptr<GrpcCall> call);
  // To those who watch.
  void tell(const ApiState& state);

 private:
  class Watches;
  const std::shared_ptr<ApiGate> gate_;
  const std::shared_ptr<Watches> watches_;
};

}  // namespace tocsin::dispatcher
