// The key derivations of TLS 1.3, on SHA-256.
//
// An established connection needs three of them:
//
//   key    = HKDF-Expand-Label(traffic secret, "key", "", key length)          RFC 8446 section 7.3
//   iv     = HKDF-Expand-Label(traffic secret, "iv", "", 12)
//   secret = HKDF-Expand-Label(traffic secret, "traffic upd", "", 32)          RFC 8446 section 7.2
//
// OpenSSL's handshake asks for the ones before, up to the first traffic secrets, through
// runtime/tls/tls_kdf.h: expand_label() with a transcript hash, next_secret() and exporter_value().
// SHA-256 only, so each output fits in one HMAC block.
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

// Longest secret, premaster secret or pre-shared key that goes in: one block of SHA-256.
inline constexpr size_t key_input_bytes_max = 64;

// HKDF-Expand-Label(secret, label, context, out.size()) with SHA-256. False when the crypto library
// fails. Requires a secret of at most key_input_bytes_max, and an output, a label and a context of
// at most 32 bytes.
bool expand_label(ByteView secret, std::string_view label, ByteView context, MutableBytes out);

// The next step down the left side of the diagram in RFC 8446 section 7.1, 32 bytes:
// HKDF-Extract(Derive-Secret(previous, "derived", ""), input). An empty `previous` stands for none
// (the Early Secret), an empty `input` for 32 zeros. False when the crypto library fails.
bool next_secret(ByteView previous, ByteView input, MutableBytes out);

// TLS-Exporter(label, "", out.size()) of RFC 8446 section 7.5 from the exporter_master_secret.
// False when the crypto library fails. Requires what expand_label() does.
bool exporter_value(ByteView exporter_master_secret, std::string_view label, MutableBytes out);

// Key and iv under `secret`; false when the crypto library fails.
bool derive_traffic_keys(CipherSuite suite, const TlsSession::TrafficSecret& secret,
                         TrafficKeys& keys);

// Replace `secret` by the one after a KeyUpdate; false when the crypto library fails.
bool advance_traffic_secret(TlsSession::TrafficSecret& secret);

}  // namespace tocsin::wire
