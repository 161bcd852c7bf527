#include "json/to_json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "base/check.h"

namespace tocsin::json {

std::string to_json(const google::protobuf::Message& message, Zeros zeros, Names names) {
  auto json = try_to_json(message, zeros, names);
  TOCSIN_CHECK(json.ok());
  return *std::move(json);
}

absl::StatusOr<std::string> try_to_json(const google::protobuf::Message& message, Zeros zeros,
                                        Names names) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = zeros == Zeros::keep;
  options.preserve_proto_field_names = names == Names::declared;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InvalidArgumentError("the text is not valid UTF-8");
  json += '\n';
  return json;
}

}  // namespace tocsin::json
