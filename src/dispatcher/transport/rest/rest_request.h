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
#include <string>

#include <absl/status/statusor.h>

#include "dispatcher/transport/rest/router.h"

namespace tocsin::dispatcher {

// For a call that has a body. A parameter that does nothing would be taken for one that does:
// "validate_only=true" first of all.
absl::Status check_no_query(const std::string& query);

// `query` as in the target. INVALID_ARGUMENT naming the field. Requires route.method.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> read_request(const Route& route,
                                                                        const std::string& query,
                                                                        const std::string& body);

}  // namespace tocsin::dispatcher
