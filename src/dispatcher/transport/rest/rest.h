// Rest: the API over HTTP: finds the call, checks the key, reads the request out of path, query and
// JSON body, and writes the answer as JSON.
//
//   head --> path? method? type? key? coding? --refused--> answered before the body is taken
//              |
//              +--> whole body, or lines --> gate --> answer
//
// Besides the calls of the schema there are GET /healthz and /openapi.json, for everyone, and
// /metrics for the operator.
//
// Thread: the connection's.
// Bound: http_body_bytes_max for a body, packed and unpacked; rest_lines.h for lines.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/transport/gate/api_gate.h"
#include "dispatcher/transport/rest/router.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class Rest {
 public:
  explicit Rest(std::shared_ptr<ApiGate> gate) : gate_(std::move(gate)) {}

  // As HttpHandler says.
  std::unique_ptr<runtime::HttpBodySink> begin(runtime::HttpRequestHead head,
                                               runtime::HttpResponder respond);

 private:
  // What is not a call of the schema; false when it is none of that either.
  bool answer_page(const runtime::HttpRequestHead& head, const runtime::HttpResponder& respond);

  const std::shared_ptr<ApiGate> gate_;
};

}  // namespace tocsin::dispatcher
