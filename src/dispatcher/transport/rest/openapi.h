// The OpenAPI 3 document of the REST API, generated from the schema when Tocsin is built.
//
// Thread: any.
#pragma once

#include <string_view>

namespace tocsin::dispatcher {

std::string_view openapi_json();

}  // namespace tocsin::dispatcher
