// A Sender over REST: runtime::HttpsClient, which keeps its connection.
//
// Thread: as Sender.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "api/sender.h"
#include "runtime/http/https_client.h"

namespace tocsin::api {

// INVALID_ARGUMENT as HttpsClient::create().
absl::StatusOr<std::unique_ptr<Sender>> make_rest_sender(const SendPlace& place);

// What the server answers to a send to a tag that no device has, for when only the bytes of the
// answer matter.
absl::StatusOr<std::string> answer_to_send(const SendPlace& place);

// A device as the API lists it.
struct ListedDevice {
  std::string id;  // 32 hexadecimal digits
  bool is_connected = false;
};
// All devices of the app.
absl::StatusOr<std::vector<ListedDevice>> list_devices(const SendPlace& place);

}  // namespace tocsin::api
