// Rest: the API over HTTP: finds the call, checks the key, reads the request out of path, query and
// JSON body, and writes the answer as JSON.
//
// Besides the calls of the schema there are GET /healthz and /openapi.json, for everyone, and
// /metrics for the operator.
//
// Thread: the dispatcher's shard.  Bound: runtime/http/http_server.h.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/api.h"
#include "dispatcher/transport/router.h"
#include "runtime/http/http_server.h"

namespace tocsin::dispatcher {

class Rest {
 public:
  // `api` outlives this.
  explicit Rest(Api& api) : api_(api) {}

  void handle(runtime::HttpRequest request, runtime::HttpServer::Respond respond);
  // The sink of a call whose requests come line by line; nullptr for any other.
  std::shared_ptr<runtime::HttpBodySink> stream(const runtime::HttpRequest& head,
                                                runtime::HttpServer::Respond& respond);

 private:
  // What is not a call of the schema; false when it is none of that either.
  bool answer_page(const runtime::HttpRequest& request, runtime::HttpServer::Respond& respond);
  void call(const Route& route, const runtime::HttpRequest& request,
            runtime::HttpServer::Respond respond);

  Api& api_;
};

}  // namespace tocsin::dispatcher
