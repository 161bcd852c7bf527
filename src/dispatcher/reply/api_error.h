// Errors of the API: an absl::Status inside, tocsin.v1.ErrorResponse on the wire.
//
// The canonical code determines the HTTP status; only this file maps them. What a status cannot
// carry (which field, how long to wait) travels with it as a payload. docs/errors.md is the
// catalogue.
//
//   INVALID_ARGUMENT 400   UNAUTHENTICATED 401     PERMISSION_DENIED 403   NOT_FOUND 404
//   ALREADY_EXISTS 409     RESOURCE_EXHAUSTED 429  UNAVAILABLE 503         DEADLINE_EXCEEDED 504
//   everything else 500
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>

#include <absl/status/status.h>

#include "runtime/http_server/http_exchange.h"
#include "tocsin/v1/error.pb.h"

namespace tocsin::dispatcher {

// INVALID_ARGUMENT that names `field` by its path in the JSON.
absl::Status invalid_field(const std::string& field, const std::string& description);

// `status` with one more wrong field; `status` may be OK.
absl::Status with_field(absl::Status status, const std::string& field,
                        const std::string& description);

// `status` with the advice to try again after `seconds`.
absl::Status with_retry_after(absl::Status status, uint32_t seconds);

// The error as every transport reports it. RESOURCE_EXHAUSTED and UNAVAILABLE carry the advice to
// try again, after one second unless with_retry_after() said otherwise. Requires !status.ok().
v1::ErrorResponse::Body error_body(const absl::Status& status);

// The same as an HTTP response, with Retry-After.
runtime::HttpResponse error_response(const absl::Status& status);

// The answer for HTTP statuses that have no canonical code: 405, 408, 413, 415, 431 and so on.
runtime::HttpResponse http_error_response(int http_status, const std::string& message);

}  // namespace tocsin::dispatcher
