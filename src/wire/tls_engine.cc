#include <array>
#include <cstring>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/check.h"
#include "wire/tls_session.h"

namespace tocsin::wire {
namespace {

using Nonce = std::array<uint8_t, 12>;

Nonce nonce_of(const std::array<uint8_t, 12>& iv, uint64_t seq) {
  Nonce nonce = iv;
  for (size_t i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<uint8_t>(seq >> (8 * i));
  return nonce;
}

EVP_CIPHER_CTX* new_context(const char* cipher_name, bool encrypt) {
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, cipher_name, nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  TOCSIN_CHECK(cipher != nullptr && context != nullptr);
  TOCSIN_CHECK(EVP_CipherInit_ex2(context, cipher, nullptr, nullptr, encrypt, nullptr) == 1);
  EVP_CIPHER_free(cipher);  // the context keeps its own reference
  return context;
}

// Where the tag goes or comes from, as EVP 3.0 takes it without a detour through control codes.
std::array<OSSL_PARAM, 2> tag_at(uint8_t* tag) {
  return {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, limits::tls_tag_bytes),
          OSSL_PARAM_construct_end()};
}

}  // namespace

struct TlsEngine::Contexts {
  struct Pair {
    explicit Pair(const char* cipher_name)
        : seal(new_context(cipher_name, true)), open(new_context(cipher_name, false)) {}
    ~Pair() {
      EVP_CIPHER_CTX_free(seal);
      EVP_CIPHER_CTX_free(open);
    }
    EVP_CIPHER_CTX* seal;
    EVP_CIPHER_CTX* open;
  };
  Pair aes_128_gcm{"AES-128-GCM"};
  Pair chacha20_poly1305{"ChaCha20-Poly1305"};

  const Pair& of(CipherSuite suite) const {
    return suite == CipherSuite::aes_128_gcm_sha256 ? aes_128_gcm : chacha20_poly1305;
  }
};

TlsEngine::TlsEngine() : contexts_(std::make_unique<Contexts>()) {}
TlsEngine::~TlsEngine() = default;

bool TlsEngine::use(std::unique_ptr<Aes128GcmSealer> sealer) {
  if (sealer == nullptr) return false;
  for (size_t bytes = 1; bytes <= fast_bytes_max; bytes += bytes < 300 ? 1 : 61) {
    if (!gives_the_same(*sealer, bytes)) return false;
  }
  sealer_ = std::move(sealer);
  return true;
}

// Compares the two with key, nonce and content that differ for each length.
bool TlsEngine::gives_the_same(Aes128GcmSealer& sealer, size_t bytes) {
  std::array<uint8_t, 16> key;
  Nonce nonce;
  std::array<uint8_t, limits::tls_header_bytes> header;
  Bytes expected(bytes + limits::tls_tag_bytes);
  uint8_t next = static_cast<uint8_t>(bytes);
  for (const MutableBytes part : {MutableBytes(key), MutableBytes(nonce), MutableBytes(header),
                                  MutableBytes(expected).first(bytes)}) {
    for (uint8_t& byte : part) byte = next = static_cast<uint8_t>(next * 5 + 113);
  }
  Bytes found = expected;
  sealer.seal(key.data(), nonce, header, MutableBytes(found).first(bytes), found.data() + bytes);
  return seal_by_evp(CipherSuite::aes_128_gcm_sha256, key.data(), nonce, header,
                     MutableBytes(expected).first(bytes), expected.data() + bytes) &&
         found == expected;
}

bool TlsEngine::seal(CipherSuite suite, const uint8_t* key, const std::array<uint8_t, 12>& iv,
                     uint64_t seq, ByteView header, ByteView in, uint8_t inner_type, uint8_t* out) {
  if (!in.empty()) std::memcpy(out, in.data(), in.size());
  out[in.size()] = inner_type;
  const MutableBytes inner(out, in.size() + 1);
  const Nonce nonce = nonce_of(iv, seq);
  if (sealer_ != nullptr && suite == CipherSuite::aes_128_gcm_sha256 &&
      inner.size() <= fast_bytes_max) {
    sealer_->seal(key, nonce, header, inner, out + inner.size());
    return true;
  }
  return seal_by_evp(suite, key, nonce, header, inner, out + inner.size());
}

bool TlsEngine::seal_by_evp(CipherSuite suite, const uint8_t* key, const Nonce& nonce,
                            ByteView header, MutableBytes in_out, uint8_t* tag_out) {
  EVP_CIPHER_CTX* context = contexts_->of(suite).seal;
  std::array<OSSL_PARAM, 2> tag = tag_at(tag_out);
  int written = 0;
  return EVP_EncryptInit_ex2(context, nullptr, key, nonce.data(), nullptr) == 1 &&
         EVP_EncryptUpdate(context, nullptr, &written, header.data(),
                           static_cast<int>(header.size())) == 1 &&
         EVP_EncryptUpdate(context, in_out.data(), &written, in_out.data(),
                           static_cast<int>(in_out.size())) == 1 &&
         EVP_EncryptFinal_ex(context, tag_out, &written) == 1 &&
         EVP_CIPHER_CTX_get_params(context, tag.data()) == 1;
}

bool TlsEngine::open(CipherSuite suite, const uint8_t* key, const std::array<uint8_t, 12>& iv,
                     uint64_t seq, ByteView header, MutableBytes in_out) {
  if (in_out.size() < limits::tls_tag_bytes) return false;
  const int inner_bytes = static_cast<int>(in_out.size() - limits::tls_tag_bytes);
  uint8_t* data = in_out.data();
  EVP_CIPHER_CTX* context = contexts_->of(suite).open;
  const Nonce nonce = nonce_of(iv, seq);
  const std::array<OSSL_PARAM, 2> tag = tag_at(data + inner_bytes);
  int written = 0;
  return EVP_DecryptInit_ex2(context, nullptr, key, nonce.data(), tag.data()) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &written, header.data(),
                           static_cast<int>(header.size())) == 1 &&
         EVP_DecryptUpdate(context, data, &written, data, inner_bytes) == 1 &&
         EVP_DecryptFinal_ex(context, data + inner_bytes, &written) == 1;
}

}  // namespace tocsin::wire
