#include "json/to_json.h"

#include <google/protobuf/message.h>

#include "base/check.h"
#include "json/message_writer.h"

namespace tocsin::json {

std::string to_json(const google::protobuf::Message& message, Zeros zeros, Names names) {
  auto json = try_to_json(message, zeros, names);
  TOCSIN_CHECK(json.ok());
  return *std::move(json);
}

absl::StatusOr<std::string> try_to_json(const google::protobuf::Message& message, Zeros zeros,
                                        Names names) {
  std::string json;
  if (!MessageWriter(zeros, names, json).write(message)) {
    return absl::InvalidArgumentError("a text is not valid UTF-8, or a time is out of range");
  }
  json += '\n';
  return json;
}

}  // namespace tocsin::json
