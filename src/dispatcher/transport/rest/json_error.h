// What is wrong with a JSON text, as an error of the API.
//
// Thread: pure function.
#pragma once

#include <string_view>

#include <absl/status/status.h>

#include "json/fault.h"

namespace tocsin::dispatcher {

// INVALID_ARGUMENT that names the field; `text` is what the JSON is called ("the body") when it is
// wrong as a whole.
absl::Status json_error(const json::JsonFault& fault, std::string_view text);

}  // namespace tocsin::dispatcher
