// A request of the schema out of an HTTP request.
//
//   path    /v1/apps/{app}/...   the fields that the path names
//   body    POST and PATCH       everything else, as JSON (json/read.h)
//   query   GET and DELETE       everything else that is one value: ?pageSize=10&label=...
//
// What the query says is read as the text of a JSON value would be.
//
// Thread: pure function.
#pragma once

#include <memory>

#include <absl/status/statusor.h>

#include "dispatcher/transport/router.h"
#include "runtime/http/http_server.h"

namespace tocsin::dispatcher {

// For a call that has a body. A parameter that does nothing would be taken for one that does:
// "validate_only=true" first of all.
absl::Status check_no_query(const runtime::HttpRequest& request);

// INVALID_ARGUMENT naming the field. Requires route.method.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> read_request(
    const Route& route, const runtime::HttpRequest& request);

}  // namespace tocsin::dispatcher
