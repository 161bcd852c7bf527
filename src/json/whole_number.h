// Whole numbers of JSON, exactly: 1.0 and 1e3 are whole, 1.5 is not, and nothing is rounded on the
// way through a double.
//
// Thread: pure functions.  Bound: one pass over `text`; an exponent makes no digits that no number
// of 64 bits has.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::json {

// The number that `text` is; nullopt when it has a fraction or is out of the range of `Number`.
// Requires a number as RFC 8259 writes it (section 6). Instantiated for numbers of 32 and 64 bits.
template <typename Number>
std::optional<Number> whole_number(std::string_view text);

}  // namespace tocsin::json
