// The outcome of a gRPC call as its trailers (PROTOCOL-HTTP2, "Trailers"):
//
//   grpc-status              the canonical code, as a number
//   grpc-message             what is wrong and what to do, percent-encoded
//   tocsin-error-bin         tocsin.v1.ErrorResponse.Body: what REST gives as "error"
//   grpc-status-details-bin  google.rpc.Status with the same Body as its detail, for stock clients;
//                            left out when it is long, for clients bound their trailers
//
// What is wrong with the call as gRPC, not with what it asks for, has the first two alone.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

runtime::HttpFields grpc_trailers(const absl::Status& status);

// What is wrong with a call as gRPC.
absl::Status grpc_refusal(absl::StatusCode code, std::string_view message);

// The HTTP status it is counted with; `success`: of OK.
int grpc_counted_status(const absl::Status& status, int success);

// Every byte but printable ASCII as %XX, and '%' itself.
std::string grpc_percent_encoded(std::string_view text);
// The value of a field whose name ends in "-bin": base64 without padding.
std::string grpc_binary_value(std::string_view bytes);

}  // namespace tocsin::dispatcher
