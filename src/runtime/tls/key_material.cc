#include "runtime/tls/key_material.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/check.h"

namespace tocsin::runtime {

Sha256 sha256(ByteView bytes) {
  // OpenSSL 3.0 looks EVP_sha256() up anew in each call.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 digest;
  unsigned length = 0;
  TOCSIN_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm, nullptr) ==
               1);
  TOCSIN_CHECK(length == digest.size());
  return digest;
}

Sha256 hmac_sha256(ByteView key, ByteView bytes) {
  Sha256 digest;
  unsigned length = 0;
  TOCSIN_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(),
                    bytes.size(), digest.data(), &length) != nullptr);
  TOCSIN_CHECK(length == digest.size());
  return digest;
}

void random_bytes(MutableBytes out) {
  TOCSIN_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

}  // namespace tocsin::runtime
