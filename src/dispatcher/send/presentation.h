// What a notification has besides title and body, as entries of the message's data: the gateways
// and the SDK carry them without knowing them, and the app on the device uses those that its
// platform supports. docs/protocol.md lists the keys.
//
// Thread: pure function.
// Bound: message_content_bytes_max and data_entries_max, checked by the caller with all other data.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// Senders' keys must not start with this.
inline constexpr std::string_view presentation_prefix = "tocsin.";

void add_presentation(const v1::Notification& notification,
                      std::vector<std::pair<std::string, std::string>>& data);

}  // namespace tocsin::dispatcher
