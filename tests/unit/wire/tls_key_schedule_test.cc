#include "wire/tls_key_schedule.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.h"

namespace tocsin::wire {
namespace {

// RFC 8448 section 3, "Simple 1-RTT Handshake".
constexpr char early_secret[] = "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a";
constexpr char shared_secret[] = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d";
constexpr char handshake_secret[] =
    "1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac";
constexpr char master_secret[] = "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919";
// Of ClientHello to the server's Finished.
constexpr char transcript_hash[] =
    "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13";

Bytes bytes_of(std::string_view hex) {
  Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(from_hex(hex, bytes));
  return bytes;
}

std::string next(std::string_view previous, std::string_view input) {
  std::array<uint8_t, 32> out;
  EXPECT_TRUE(next_secret(bytes_of(previous), bytes_of(input), out));
  return to_hex(out);
}

TEST(TlsKeySchedule, StepsDownFromTheEarlySecretToTheMasterSecret) {
  EXPECT_EQ(next("", ""), early_secret);
  EXPECT_EQ(next(early_secret, shared_secret), handshake_secret);
  EXPECT_EQ(next(handshake_secret, ""), master_secret);
}

std::string expand(std::string_view label) {
  std::array<uint8_t, 32> out;
  EXPECT_TRUE(expand_label(bytes_of(master_secret), label, bytes_of(transcript_hash), out));
  return to_hex(out);
}

TEST(TlsKeySchedule, DerivesTheTrafficSecretsFromATranscriptHash) {
  EXPECT_EQ(expand("c ap traffic"),
            "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
  EXPECT_EQ(expand("s ap traffic"),
            "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
}

// That it is the right value, a stock client says in tests/unit/runtime/handshake_pool_test.cc.
TEST(TlsKeySchedule, AnExporterValueDependsOnSecretAndLabel) {
  std::array<uint8_t, 32> one;
  std::array<uint8_t, 32> other_label;
  std::array<uint8_t, 32> other_secret;
  ASSERT_TRUE(exporter_value(bytes_of(master_secret), "one", one));
  ASSERT_TRUE(exporter_value(bytes_of(master_secret), "two", other_label));
  ASSERT_TRUE(exporter_value(bytes_of(early_secret), "one", other_secret));
  EXPECT_NE(one, other_label);
  EXPECT_NE(one, other_secret);
}

// Whether the heap holds this digest as SHA-256 works on it: eight words of the machine's byte
// order.
bool heap_holds_words_of(const std::array<uint8_t, 32>& digest) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line) && line.find("[heap]") == std::string::npos) {
  }
  uintptr_t at = 0, end = 0;
  if (std::sscanf(line.c_str(), "%lx-%lx", &at, &end) != 2) return false;
  for (; at + digest.size() <= end; at += sizeof(uint32_t)) {
    bool same = true;
    for (size_t i = 0; i < digest.size() && same; i += sizeof(uint32_t)) {
      uint32_t word;
      std::memcpy(&word, reinterpret_cast<const void*>(at + i), sizeof word);
      const uint32_t wanted = uint32_t{digest[i]} << 24 | uint32_t{digest[i + 1]} << 16 |
                              uint32_t{digest[i + 2]} << 8 | uint32_t{digest[i + 3]};
      same = word == wanted;
    }
    if (same) return true;
  }
  return false;
}

TEST(TlsKeySchedule, LeavesNoSecretInItsDigest) {
  std::array<uint8_t, 32> secret;
  ASSERT_TRUE(expand_label(bytes_of(master_secret), "key", {}, secret));
  EXPECT_FALSE(heap_holds_words_of(secret));
  auto planted = std::make_unique<std::array<uint32_t, 8>>();
  for (size_t i = 0; i < 8; ++i) {
    for (size_t j = 0; j < 4; ++j) (*planted)[i] = (*planted)[i] << 8 | secret[4 * i + j];
  }
  if (!heap_holds_words_of(secret)) GTEST_SKIP() << "this allocator keeps its memory elsewhere";
}

}  // namespace
}  // namespace tocsin::wire
