#include "json/to_json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "base/check.h"

namespace tocsin::json {

std::string to_json(const google::protobuf::Message& message, Zeros zeros) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = zeros == Zeros::keep;
  std::string json;
  TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  json += '\n';
  return json;
}

}  // namespace tocsin::json
