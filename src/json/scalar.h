// One value of JSON that is neither object nor list, into a field of a protobuf message.
//
// Times and durations count as scalars here: their JSON is one text.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace tocsin::json {

struct Scalar {
  enum class Kind : uint8_t { null, boolean, number, text };
  Kind kind;
  std::string_view
      text;  // "null", "true", "-1.5e3"; of a text, what is between its quotes, unescaped
};

// Whether values of `field`, or the elements of a repeated one, are scalars.
bool is_scalar(const google::protobuf::FieldDescriptor& field);

// Set `field`, or add to it when it is repeated. False, and nothing done, when it does not take
// `value`: expected_of() says what it takes. Requires is_scalar(field), and valid UTF-8.
//
// Enums of proto3 are open: a number is taken that has no name, as it is over gRPC, and left to
// whoever reads the message.
bool set_scalar(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                const Scalar& value);

// What `field`, or an element of it, takes: "true or false", "LOW, NORMAL, HIGH or ALERT".
std::string expected_of(const google::protobuf::FieldDescriptor& field);

// `value` for an error message: "\"yes\"", "null", "17".
std::string shown(const Scalar& value);

}  // namespace tocsin::json
