// The message that the bench sends, in JSON and as the schema has it, and what comes back.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "api/send_place.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::api {

// One data entry of place.payload_bytes, and a time to live. Without a target.
v1::SendRequest message_for(const SendPlace& place);

// The body of a send to what `field` of a SendRequest ("device", "tag") names.
std::string send_json(const SendPlace& place, const char* field, const std::string& target);

// The id in the JSON answer to a send, 16 hexadecimal digits; empty when there is none.
std::string_view message_id_in(std::string_view answer);

// Is this what the server calls a message?
bool is_message_id(std::string_view text);

}  // namespace tocsin::api
