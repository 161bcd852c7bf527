// A Sender over REST: runtime::HttpsClient, which keeps its connection.
//
// Thread: as Sender.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "api/send_place.h"
#include "api/sender.h"
#include "runtime/http/https_client.h"

namespace tocsin::api {

// INVALID_ARGUMENT as HttpsClient::create().
absl::StatusOr<std::unique_ptr<Sender>> make_rest_sender(const SendPlace& place);

// A client for the place; a call may take `timeout_ms`.
absl::StatusOr<std::unique_ptr<runtime::HttpsClient>> make_client(const SendPlace& place,
                                                                  uint32_t timeout_ms);

// GET of the app itself: changes nothing.
runtime::HttpsRequest small_call(const SendPlace& place);
// The send of one message to `device`.
runtime::HttpsRequest send_call(const SendPlace& place, const char* field,
                                const std::string& target);

// OK when the answer is 202 with a message id; else what came instead.
absl::Status check_accepted(const runtime::HttpsAnswer& answer);

}  // namespace tocsin::api
