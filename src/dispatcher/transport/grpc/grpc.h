// Grpc: the API over gRPC: the services of the schema, health and reflection.
//
//   head --> POST? format? method? key? time and coding? --refused--> trailers alone
//              |
//              +--> messages of the body --> gate --> answer, trailers
//
// Methods are those of the schema's descriptors: what is in the schema can be called. The key comes
// in the field `authorization`, as over REST, and is looked at before the body is taken. Errors have
// the canonical code and message, and the whole tocsin.v1.ErrorResponse.Body (grpc_status.h). A
// deadline (grpc-timeout) is kept up to ApiGate::tick_ms late: the caller gets DEADLINE_EXCEEDED and
// the answer is dropped; what has gone to the log stays there, as with a caller who has gone.
//
// Thread: the connection's; the constructor any.
// Bound: http_body_bytes_max a message; list_call.h for streams of them.
#pragma once

#include <memory>

#include "dispatcher/transport/gate/api_gate.h"
#include "dispatcher/transport/grpc/grpc_health.h"
#include "dispatcher/transport/grpc/grpc_reflection.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class Grpc {
 public:
  explicit Grpc(std::shared_ptr<ApiGate> gate);
  Grpc(const Grpc&) = delete;
  Grpc& operator=(const Grpc&) = delete;

  // As HttpHandler says. Requires head.is_grpc().
  std::unique_ptr<runtime::HttpBodySink> begin(const runtime::HttpRequestHead& head,
                                               runtime::HttpResponder respond);
  // A request that failed below with this HTTP status, as gRPC tells it.
  runtime::HttpResponse refusal(int http_status, const std::string& message);

 private:
  using Sink = std::unique_ptr<runtime::HttpBodySink>;
  // What strangers may ask.
  Sink begin_public(const runtime::HttpRequestHead& head, std::shared_ptr<GrpcCall> call);
  Sink begin_call(const runtime::HttpRequestHead& head, runtime::HttpResponder respond);
  Sink begin_method(const Method& method, std::string authorization,
                    std::shared_ptr<GrpcCall> call);
  Sink list_sink(const Method& method, std::string authorization, std::shared_ptr<GrpcCall> call);

  const std::shared_ptr<ApiGate> gate_;
  const std::shared_ptr<GrpcHealth> health_;
  const std::shared_ptr<GrpcReflection> reflection_;
};

}  // namespace tocsin::dispatcher
