// What may be given, as an error names it.
//
// Thread: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::json {

// "LOW, NORMAL or HIGH".
std::string alternatives(const std::vector<std::string_view>& names);

}  // namespace tocsin::json
