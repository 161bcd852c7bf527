#include "runtime/tls/tls_kdf.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/hex.h"
#include "runtime/tls/key_material.h"

namespace tocsin::runtime {
namespace {

struct FreeKdf {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

struct Derivation {
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  Bytes key = {};
  Bytes salt = {};
  std::string label = "derived";
  Bytes data = {};
  size_t out_bytes = 32;
  std::string digest = "SHA2-256";
};

OSSL_PARAM octets(const char* name, const void* data, size_t bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), bytes);
}

// As libssl asks: what is empty is left out. In hexadecimal, or "refused".
std::string derive(const char* properties, Derivation asked) {
  const std::unique_ptr<EVP_KDF, FreeKdf> kdf(
      EVP_KDF_fetch(TlsKdf::library(), OSSL_KDF_NAME_TLS1_3_KDF, properties));
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> context(EVP_KDF_CTX_new(kdf.get()));
  std::vector<OSSL_PARAM> params = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &asked.mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, asked.digest.data(), 0),
      octets(OSSL_KDF_PARAM_PREFIX, "tls13 ", 6),
      octets(OSSL_KDF_PARAM_LABEL, asked.label.data(), asked.label.size())};
  const auto put = [&](const char* name, const Bytes& bytes) {
    if (!bytes.empty()) params.push_back(octets(name, bytes.data(), bytes.size()));
  };
  put(OSSL_KDF_PARAM_KEY, asked.key);
  put(OSSL_KDF_PARAM_SALT, asked.salt);
  put(OSSL_KDF_PARAM_DATA, asked.data);
  params.push_back(OSSL_PARAM_construct_end());
  Bytes out(asked.out_bytes);
  const int result = EVP_KDF_derive(context.get(), out.data(), out.size(), params.data());
  return result == 1 ? to_hex(out) : "refused";
}

constexpr char ours[] = "provider=tocsin";
constexpr char theirs[] = "provider=default";

Bytes random(size_t bytes) {
  Bytes made(bytes);
  random_bytes(made);
  return made;
}

TEST(TlsKdf, ExpandsAsOpensslDoes) {
  for (const size_t out_bytes : {12u, 16u, 32u}) {
    for (const size_t data_bytes : {0u, 32u}) {
      const Derivation asked = {
          .key = random(32), .label = "key", .data = random(data_bytes), .out_bytes = out_bytes};
      const std::string found = derive(ours, asked);
      EXPECT_EQ(found.size(), 2 * out_bytes);
      EXPECT_EQ(found, derive(theirs, asked));
    }
  }
}

TEST(TlsKdf, ExtractsAsOpensslDoes) {
  for (const size_t key_bytes : {0u, 32u, 64u}) {
    for (const size_t salt_bytes : {0u, 32u}) {
      const Derivation asked = {.mode = EVP_KDF_HKDF_MODE_EXTRACT_ONLY,
                                .key = random(key_bytes),
                                .salt = random(salt_bytes)};
      const std::string found = derive(ours, asked);
      EXPECT_EQ(found.size(), 64u);
      EXPECT_EQ(found, derive(theirs, asked));
    }
  }
}

TEST(TlsKdf, RefusesWhatOurSuitesCannotAskFor) {
  EXPECT_EQ(derive(ours, {.key = random(48), .out_bytes = 48, .digest = "SHA2-384"}), "refused");
  EXPECT_EQ(derive(ours, {.key = random(32), .out_bytes = 48}), "refused");
  EXPECT_EQ(derive(ours, {.key = random(65)}), "refused");
  EXPECT_EQ(derive(ours, {.key = random(32), .label = std::string(33, 'l')}), "refused");
  EXPECT_EQ(derive(ours, {.key = random(32), .data = random(33)}), "refused");
  EXPECT_EQ(derive(ours, {.mode = EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, .key = random(32)}),
            "refused");
}

TEST(TlsKdf, LeavesTheRestOfTheProcessToOpenssl) {
  EXPECT_EQ(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_3_KDF, ours), nullptr);
}

TEST(TlsKdf, CatchesTheThreeSecretsThatOutliveAHandshake) {
  TlsSecrets caught;
  TlsKdf::catch_into(&caught);
  const Bytes key = random(32);
  const std::string client = derive(ours, {.key = key, .label = "c ap traffic"});
  EXPECT_TRUE(caught.has_client);
  EXPECT_FALSE(caught.has_server || caught.has_exporter_master);
  const std::string server = derive(ours, {.key = key, .label = "s ap traffic"});
  const std::string exporter = derive(ours, {.key = key, .label = "exp master"});
  derive(ours, {.key = key, .label = "c hs traffic"});
  EXPECT_TRUE(caught.has_server && caught.has_exporter_master);
  EXPECT_EQ(to_hex(caught.client), client);
  EXPECT_EQ(to_hex(caught.server), server);
  EXPECT_EQ(to_hex(caught.exporter_master), exporter);
}

TEST(TlsKdf, CatchesNothingForAnotherThread) {
  TlsSecrets caught;
  TlsKdf::catch_into(&caught);
  std::thread([] { derive(ours, {.key = random(32), .label = "c ap traffic"}); }).join();
  EXPECT_FALSE(caught.has_client);
}

TEST(TlsKdf, CatchesNothingOnceTheSecretsAreGone) {
  alignas(TlsSecrets) std::array<std::byte, sizeof(TlsSecrets)> place{};
  auto* caught = new (place.data()) TlsSecrets;
  TlsKdf::catch_into(caught);
  caught->~TlsSecrets();
  place.fill(std::byte{0x5a});
  derive(ours, {.key = random(32), .label = "c ap traffic"});
  for (const std::byte byte : place) EXPECT_EQ(byte, std::byte{0x5a});
}

}  // namespace
}  // namespace tocsin::runtime
