// Pieces of what somebody sent, for error messages.
//
// Thread: pure function.  Bound: quoted_bytes_max, and three dots.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::json {

constexpr size_t quoted_bytes_max = 80;

// `text` fit for an error message: cut short, one line, valid UTF-8.
std::string quotable(std::string_view text);

}  // namespace tocsin::json
