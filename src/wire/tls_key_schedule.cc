#include "wire/tls_key_schedule.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "base/check.h"

namespace tocsin::wire {
namespace {

constexpr size_t label_bytes_max = 32;
constexpr size_t digest_bytes = 32;
constexpr size_t block_bytes = 64;

using Digest = std::array<uint8_t, digest_bytes>;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestPtr = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

// SHA-256 looked up once: OpenSSL's one-shot calls look it up by name each time.
DigestPtr make_digest() {
  EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  DigestPtr context(EVP_MD_CTX_new());
  TOCSIN_CHECK(sha256 != nullptr && context != nullptr);
  TOCSIN_CHECK(EVP_DigestInit_ex2(context.get(), sha256, nullptr) == 1);
  EVP_MD_free(sha256);  // the context keeps its own reference
  return context;
}

// The context is made ready for the next digest at once: it still holds this one, which may be a
// secret, and the thread may not need another for days.
bool sha256(ByteView front, ByteView rest, Digest& out) {
  thread_local const DigestPtr digest = make_digest();
  const bool ok = EVP_DigestUpdate(digest.get(), front.data(), front.size()) == 1 &&
                  EVP_DigestUpdate(digest.get(), rest.data(), rest.size()) == 1 &&
                  EVP_DigestFinal_ex(digest.get(), out.data(), nullptr) == 1;
  return EVP_DigestInit_ex2(digest.get(), nullptr, nullptr) == 1 && ok;
}

// RFC 2104 with two plain digests: through EVP_MAC, setting a key and copying its states takes
// longer than hashing. Requires a key of at most one block.
bool hmac_sha256(ByteView key, ByteView data, Digest& out) {
  TOCSIN_CHECK(key.size() <= block_bytes);
  std::array<uint8_t, block_bytes> pad{};
  std::copy(key.begin(), key.end(), pad.begin());
  for (uint8_t& byte : pad) byte ^= 0x36;
  Digest inner;
  bool ok = sha256(pad, data, inner);
  for (uint8_t& byte : pad) byte ^= 0x36 ^ 0x5c;
  ok = ok && sha256(pad, inner, out);
  cleanse(pad);
  cleanse(inner);
  return ok;
}

const Digest& digest_of_nothing() {
  static const Digest digest = [] {
    Digest made;
    TOCSIN_CHECK(sha256({}, {}, made));
    return made;
  }();
  return digest;
}

}  // namespace

bool expand_label(ByteView secret, std::string_view label, ByteView context, MutableBytes out) {
  constexpr std::string_view prefix = "tls13 ";
  TOCSIN_CHECK(out.size() <= digest_bytes && label.size() <= label_bytes_max &&
               context.size() <= digest_bytes);
  // struct HkdfLabel { uint16 length; opaque label<7..255>; opaque context<0..255> }, then the
  // block counter of HKDF-Expand (RFC 5869 section 2.3).
  std::array<uint8_t, 2 + 1 + prefix.size() + label_bytes_max + 1 + digest_bytes + 1> info;
  uint8_t* end = info.data();
  *end++ = 0;
  *end++ = static_cast<uint8_t>(out.size());
  *end++ = static_cast<uint8_t>(prefix.size() + label.size());
  end = std::copy(prefix.begin(), prefix.end(), end);
  end = std::copy(label.begin(), label.end(), end);
  *end++ = static_cast<uint8_t>(context.size());
  end = std::copy(context.begin(), context.end(), end);
  *end++ = 1;
  Digest block;
  const bool ok =
      hmac_sha256(secret, ByteView(info).first(static_cast<size_t>(end - info.data())), block);
  if (ok) std::copy_n(block.begin(), out.size(), out.begin());
  cleanse(block);
  return ok;
}

bool next_secret(ByteView previous, ByteView input, MutableBytes out) {
  TOCSIN_CHECK(out.size() == digest_bytes);
  Digest salt{};
  if (!previous.empty() && !expand_label(previous, "derived", digest_of_nothing(), salt)) {
    return false;
  }
  Digest next;
  const bool ok = hmac_sha256(salt, input.empty() ? ByteView(Digest{}) : input, next);
  if (ok) std::copy(next.begin(), next.end(), out.begin());
  cleanse(salt);
  cleanse(next);
  return ok;
}

bool exporter_value(ByteView exporter_master_secret, std::string_view label, MutableBytes out) {
  Digest secret;
  const bool ok = expand_label(exporter_master_secret, label, digest_of_nothing(), secret) &&
                  expand_label(secret, "exporter", digest_of_nothing(), out);
  cleanse(secret);
  return ok;
}

bool derive_traffic_keys(CipherSuite suite, const TlsSession::TrafficSecret& secret,
                         TrafficKeys& keys) {
  const size_t key_bytes = suite == CipherSuite::aes_128_gcm_sha256 ? 16 : 32;
  keys.key.fill(0);
  return expand_label(secret, "key", {}, MutableBytes(keys.key).first(key_bytes)) &&
         expand_label(secret, "iv", {}, keys.iv);
}

bool advance_traffic_secret(TlsSession::TrafficSecret& secret) {
  TlsSession::TrafficSecret next;
  const bool ok = expand_label(secret, "traffic upd", {}, next);
  if (ok) secret = next;
  cleanse(next);
  return ok;
}

}  // namespace tocsin::wire
