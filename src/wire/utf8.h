// Whether bytes are UTF-8 (RFC 3629): what every text of the protocol must be.
//
// Refuses what naive decoders let through: overlong forms, surrogates, code points over U+10FFFF,
// a sequence cut off at the end. NUL is a character like any other.
//
// Thread: pure function.
// Bound: one pass over `bytes`.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace tocsin::wire {

bool is_utf8(ByteView bytes);

// Whether `c` goes on with a character that began before it.
inline bool continues_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

}  // namespace tocsin::wire
