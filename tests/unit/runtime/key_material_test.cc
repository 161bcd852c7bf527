#include "runtime/key_material.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace tocsin::runtime {
namespace {

TEST(KeyMaterial, Sha256IsFips180) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(KeyMaterial, RandomBytesDiffer) {
  std::array<uint8_t, 32> a{};
  std::array<uint8_t, 32> b{};
  random_bytes(a);
  random_bytes(b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace tocsin::runtime
