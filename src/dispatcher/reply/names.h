// The syntax of names that senders choose (lengths are in base/limits.h), and of ids in requests.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "base/ids.h"

namespace tocsin::dispatcher {

bool is_app_name(std::string_view text);  // [a-z][a-z0-9-]{0,62}

// INVALID_ARGUMENT that names the field.
absl::StatusOr<MessageId> message_id_in(const std::string& text);
absl::StatusOr<DeviceId> device_id_in(const std::string& text, const std::string& field);

}  // namespace tocsin::dispatcher
