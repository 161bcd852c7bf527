#include "dispatcher/transport/rest/json_error.h"

#include <fmt/format.h>

#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {

absl::Status json_error(const json::JsonFault& fault, std::string_view text) {
  if (!fault.path.empty()) return invalid_field(fault.path, fault.text);
  return absl::InvalidArgumentError(fmt::format("{} {}", text, fault.text));
}

}  // namespace tocsin::dispatcher
