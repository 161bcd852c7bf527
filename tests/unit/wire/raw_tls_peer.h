// RawTlsPeer: the far end of a TlsSession under test, able to say what a decent peer never would.
//
// It seals any inner content type, padding and size at the right key and sequence number, so that
// what a test sends is refused for its meaning and not for its tag.
//
// Thread: one owner.
#pragma once

#include "base/check.h"
#include "wire/tls_key_schedule.h"
#include "wire/tls_session.h"

namespace tocsin::wire {

inline constexpr uint8_t inner_alert = 21;
inline constexpr uint8_t inner_handshake = 22;
inline constexpr uint8_t inner_data = 23;

class RawTlsPeer {
 public:
  RawTlsPeer(CipherSuite suite, const TlsSession::TrafficSecret& write_secret)
      : suite_(suite), secret_(write_secret) {
    TOCSIN_CHECK(derive_traffic_keys(suite_, secret_, keys_));
  }

  // A record of `content`, its type and `padding_bytes` zeros. Type 0 with no content makes a
  // record of zeros only.
  Bytes record(uint8_t type, ByteView content, size_t padding_bytes = 0, uint8_t outer_type = 23) {
    Bytes inner(content.begin(), content.end());
    inner.push_back(type);
    inner.resize(inner.size() + padding_bytes);
    const uint8_t last = inner.back();
    inner.pop_back();
    const size_t sealed_bytes = inner.size() + 1 + limits::tls_tag_bytes;
    Bytes out = {outer_type, 3, 3, static_cast<uint8_t>(sealed_bytes >> 8),
                 static_cast<uint8_t>(sealed_bytes)};
    const Bytes header = out;
    out.resize(header.size() + sealed_bytes);
    TOCSIN_CHECK(engine_.seal(suite_, keys_.key.data(), keys_.iv, seq_++, header, inner, last,
                              out.data() + header.size()));
    return out;
  }

  Bytes data(std::string_view text) { return record(inner_data, as_bytes(text)); }

  // KeyUpdate in a record of its own, after which this peer uses its next key.
  Bytes key_update(uint8_t request = 0) {
    const Bytes message = {24, 0, 0, 1, request};
    Bytes out = record(inner_handshake, message);
    use_next_key();
    return out;
  }

  void use_next_key() {
    TOCSIN_CHECK(advance_traffic_secret(secret_));
    TOCSIN_CHECK(derive_traffic_keys(suite_, secret_, keys_));
    seq_ = 0;
  }

 private:
  TlsEngine engine_;
  CipherSuite suite_;
  TlsSession::TrafficSecret secret_;
  TrafficKeys keys_;
  uint64_t seq_ = 0;
};

}  // namespace tocsin::wire
