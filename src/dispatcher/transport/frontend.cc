#include "dispatcher/transport/frontend.h"

#include <utility>

#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {

std::unique_ptr<runtime::HttpBodySink> Frontend::begin(runtime::HttpRequestHead head,
                                                       runtime::HttpResponder respond) {
  if (head.is_grpc()) return grpc_.begin(head, std::move(respond));
  if (head.headers.media_type().starts_with("application/grpc")) {
    respond(
        http_error_response(415, "gRPC needs HTTP/2: check the client and the proxies between"));
    return nullptr;
  }
  return rest_.begin(std::move(head), std::move(respond));
}

runtime::HttpResponse Frontend::error(int status, std::string message) {
  return http_error_response(status, message);
}

runtime::HttpResponse Frontend::grpc_error(int status, std::string message) {
  return grpc_.refusal(status, message);
}

}  // namespace tocsin::dispatcher
