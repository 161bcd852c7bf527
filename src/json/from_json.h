// A protobuf message from JSON, by protobuf's own mapping; the names of enums in any case.
//
// Thread: pure function.
#pragma once

#include <string>

#include <absl/status/status.h>

namespace google::protobuf {
class Message;
}

namespace tocsin::json {

// Fields that the message does not have: an error in what a person wrote, to be skipped in what a
// newer server answers.
enum class UnknownFields { refuse, skip };

// INVALID_ARGUMENT with protobuf's words for what is wrong: the first line is a sentence, the next
// ones, if any, draw where it is. `message` is of no use then.
absl::Status from_json(const std::string& json, google::protobuf::Message& message,
                       UnknownFields unknown);

}  // namespace tocsin::json
