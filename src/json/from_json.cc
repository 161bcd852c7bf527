#include "json/from_json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

namespace tocsin::json {

absl::Status from_json(const std::string& json, google::protobuf::Message& message,
                       UnknownFields unknown) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = unknown == UnknownFields::skip;
  options.case_insensitive_enum_parsing = true;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message, options);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError({status.message().data(), status.message().size()});
}

}  // namespace tocsin::json
