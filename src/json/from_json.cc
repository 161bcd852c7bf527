#include "json/from_json.h"

#include <fmt/format.h>

namespace tocsin::json {

absl::Status from_json(std::string_view json, google::protobuf::Message& message,
                       UnknownFields unknown) {
  const auto fault = read(json, message, unknown);
  if (!fault) return absl::OkStatus();
  return absl::InvalidArgumentError(fault->path.empty()
                                        ? fmt::format("the text {}", fault->text)
                                        : fmt::format("{}: {}", fault->path, fault->text));
}

}  // namespace tocsin::json
