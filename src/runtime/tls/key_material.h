// The things keys need besides hexadecimal: fresh random bytes, SHA-256 and HMAC-SHA256.
//
// Thread: pure functions.
#pragma once

#include <array>

#include "base/bytes.h"

namespace tocsin::runtime {

using Sha256 = std::array<uint8_t, 32>;

Sha256 sha256(ByteView bytes);

// RFC 2104 with SHA-256.
Sha256 hmac_sha256(ByteView key, ByteView bytes);

// Fill `out` from the system's generator, fit for keys.
void random_bytes(MutableBytes out);

}  // namespace tocsin::runtime
