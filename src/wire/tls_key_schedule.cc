#include "wire/tls_key_schedule.h"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

namespace tocsin::wire {
namespace {

constexpr size_t label_bytes_max = 32;
constexpr size_t digest_bytes = 32;

}  // namespace

bool expand_label(const TlsSession::TrafficSecret& secret, std::string_view label,
                  MutableBytes out) {
  constexpr std::string_view prefix = "tls13 ";
  TOCSIN_CHECK(out.size() <= digest_bytes && label.size() <= label_bytes_max);
  // struct HkdfLabel { uint16 length; opaque label<7..255>; opaque context<0..255> }, then the
  // block counter of HKDF-Expand (RFC 5869 section 2.3).
  std::array<uint8_t, 2 + 1 + prefix.size() + label_bytes_max + 1 + 1> info;
  uint8_t* end = info.data();
  *end++ = 0;
  *end++ = static_cast<uint8_t>(out.size());
  *end++ = static_cast<uint8_t>(prefix.size() + label.size());
  end = std::copy(prefix.begin(), prefix.end(), end);
  end = std::copy(label.begin(), label.end(), end);
  *end++ = 0;
  *end++ = 1;
  std::array<uint8_t, digest_bytes> block;
  unsigned block_bytes = 0;
  const bool ok =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), info.data(),
           static_cast<size_t>(end - info.data()), block.data(), &block_bytes) != nullptr &&
      block_bytes == block.size();
  if (ok) std::copy_n(block.begin(), out.size(), out.begin());
  cleanse(block);
  return ok;
}

bool derive_traffic_keys(CipherSuite suite, const TlsSession::TrafficSecret& secret,
                         TrafficKeys& keys) {
  const size_t key_bytes = suite == CipherSuite::aes_128_gcm_sha256 ? 16 : 32;
  keys.key.fill(0);
  return expand_label(secret, "key", MutableBytes(keys.key).first(key_bytes)) &&
         expand_label(secret, "iv", keys.iv);
}

bool advance_traffic_secret(TlsSession::TrafficSecret& secret) {
  TlsSession::TrafficSecret next;
  const bool ok = expand_label(secret, "traffic upd", next);
  if (ok) secret = next;
  cleanse(next);
  return ok;
}

}  // namespace tocsin::wire
