// json/read.h for callers to whom one sentence is enough.
//
// Thread: pure function.
#pragma once

#include <string_view>

#include <absl/status/status.h>

#include "json/read.h"

namespace tocsin::json {

// INVALID_ARGUMENT with "PATH: what is wrong". `message` is of no use then.
absl::Status from_json(std::string_view json, google::protobuf::Message& message,
                       UnknownFields unknown = UnknownFields::refuse);

}  // namespace tocsin::json
