// A protobuf message as JSON, by protobuf's own mapping: camelCase names, 64-bit numbers as
// strings, enums by name.
//
// Thread: pure functions.
#pragma once

#include <string>

#include <absl/status/statusor.h>

namespace google::protobuf {
class Message;
}

namespace tocsin::json {

enum class Zeros { keep, omit };  // whether fields of value 0, false or "" are written

enum class Names { camel, declared };  // as JSON has them, or as the schema does

// One line, its end included.
std::string to_json(const google::protobuf::Message& message, Zeros zeros,
                    Names names = Names::camel);

// The same for texts that nobody has checked: INVALID_ARGUMENT when one cannot be written as JSON.
absl::StatusOr<std::string> try_to_json(const google::protobuf::Message& message, Zeros zeros,
                                        Names names = Names::camel);

}  // namespace tocsin::json
