// JSON into protobuf messages, by protobuf's own mapping.
//
// In: camelCase and snake_case, enum names in either case; an unknown field is refused with its
// name, a value of the wrong type with the field's path.
//
// Thread: pure functions.  Bound: the body is within http_body_bytes_max; protobuf stops at 100
// levels of nesting.
#pragma once

#include <string>

#include <absl/status/status.h>

namespace google::protobuf {
class Message;
}

namespace tocsin::dispatcher {

// Fill `message` from `json`. INVALID_ARGUMENT with the field's path where there is one
// (dispatcher/reply/api_error.h); `message` is unspecified then.
absl::Status parse_json(const std::string& json, google::protobuf::Message& message);

}  // namespace tocsin::dispatcher
