// A protobuf message as JSON, by protobuf's own mapping: camelCase names, 64-bit numbers as
// strings, enums by name.
//
// Thread: pure function.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace tocsin::json {

enum class Zeros { keep, omit };  // whether fields of value 0, false or "" are written

// One line, its end included.
std::string to_json(const google::protobuf::Message& message, Zeros zeros);

}  // namespace tocsin::json
