#include "wire/tls_key_schedule.h"

#include <algorithm>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"

namespace tocsin::wire {
namespace {

constexpr size_t label_bytes_max = 32;
constexpr size_t digest_bytes = 32;

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacPtr = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

// HMAC-SHA-256 without a key. The one-shot HMAC() looks both algorithms up by name each time, which
// takes three times as long as the HMAC itself.
MacPtr make_mac() {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  TOCSIN_CHECK(mac != nullptr);
  MacPtr context(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  TOCSIN_CHECK(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) == 1);
  return context;
}

bool hmac_sha256(ByteView key, ByteView data, std::array<uint8_t, digest_bytes>& out) {
  // Keyed anew for every use; what the last one leaves in it is what OpenSSL's heap would hold too.
  thread_local const MacPtr mac = make_mac();
  size_t bytes = 0;
  return EVP_MAC_init(mac.get(), key.data(), key.size(), nullptr) == 1 &&
         EVP_MAC_update(mac.get(), data.data(), data.size()) == 1 &&
         EVP_MAC_final(mac.get(), out.data(), &bytes, out.size()) == 1 && bytes == out.size();
}

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
  const bool ok =
      hmac_sha256(secret, ByteView(info).first(static_cast<size_t>(end - info.data())), block);
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
