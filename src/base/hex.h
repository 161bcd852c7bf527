// Hexadecimal text of bytes: the outside form of ids and keys.
//
// Thread: pure functions.
// Bound: output is twice the input.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tocsin {

// Lower case, two digits per byte.
std::string to_hex(ByteView bytes);

// Fill `out` from exactly 2 * out.size() digits of either case. False, with `out` unspecified, if
// `text` has any other length or character.
bool from_hex(std::string_view text, MutableBytes out);

}  // namespace tocsin
