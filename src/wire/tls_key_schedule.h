// The three derivations of the TLS 1.3 key schedule that an established connection still needs.
//
//   key    = HKDF-Expand-Label(traffic secret, "key", "", key length)          RFC 8446 section 7.3
//   iv     = HKDF-Expand-Label(traffic secret, "iv", "", 12)
//   secret = HKDF-Expand-Label(traffic secret, "traffic upd", "", 32)          RFC 8446 section 7.2
//
// Everything that comes before, up to the first traffic secrets, is OpenSSL's handshake. SHA-256
// only, so each output fits in one HMAC block.
//
// Thread: pure functions.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "wire/tls_session.h"

namespace tocsin::wire {

// What protects the records of one direction.
struct TrafficKeys {
  std::array<uint8_t, 32> key{};  // 16 used by AES-128, the rest 0
  std::array<uint8_t, 12> iv{};
};

// HKDF-Expand-Label(secret, label, "", out.size()) with SHA-256. False when the crypto library
// fails. Requires out.size() <= 32 and a label of at most 32 bytes.
bool expand_label(const TlsSession::TrafficSecret& secret, std::string_view label,
                  MutableBytes out);

// Key and iv under `secret`; false when the crypto library fails.
bool derive_traffic_keys(CipherSuite suite, const TlsSession::TrafficSecret& secret,
                         TrafficKeys& keys);

// Replace `secret` by the one after a KeyUpdate; false when the crypto library fails.
bool advance_traffic_secret(TlsSession::TrafficSecret& secret);

}  // namespace tocsin::wire
