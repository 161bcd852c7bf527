// Frontend: the API as the HTTP server's handler: REST over any HTTP, gRPC over HTTP/2, told apart
// by their content type; on one port.
//
// Thread: one per connection thread, on which it is used; made and destroyed on any.
// Bound: see rest/rest.h and grpc/grpc.h.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/transport/gate/api_gate.h"
#include "dispatcher/transport/grpc/grpc.h"
#include "dispatcher/transport/rest/rest.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class Frontend final : public runtime::HttpHandler {
 public:
  // `gate` is the thread's own.
  explicit Frontend(const std::shared_ptr<ApiGate>& gate) : rest_(gate), grpc_(gate) {}

  std::unique_ptr<runtime::HttpBodySink> begin(runtime::HttpRequestHead head,
                                               runtime::HttpResponder respond) override;
  runtime::HttpResponse error(int status, std::string message) override;
  runtime::HttpResponse grpc_error(int status, std::string message) override;

 private:
  Rest rest_;
  Grpc grpc_;
};

}  // namespace tocsin::dispatcher
