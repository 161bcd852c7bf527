// The worked example of docs/protocol.md: computed apart from this code, with Python's hmac module.
#include "wire/hello_auth.h"

#include <numeric>

#include <gtest/gtest.h>

#include "base/hex.h"

namespace tocsin::wire {
namespace {

template <size_t size>
std::array<uint8_t, size> counting_from(uint8_t first) {
  std::array<uint8_t, size> bytes;
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

const Secret master = counting_from<32>(0x00);
const std::array<uint8_t, 16> nonce = counting_from<16>(0x10);
const Exporter exporter = counting_from<32>(0x40);

TEST(HelloAuthTest, MatchesTheWorkedExample) {
  const DeviceId device = derive_device_id(master, nonce);
  EXPECT_EQ(device.text(), "24195bf6418b3476f7f25077f91f349c");
  const Secret secret = derive_device_secret(master, device, 1);
  EXPECT_EQ(to_hex(secret), "c9fe65a649b50f92efac932d7817202ce5b454b0b2bc494964d1c944aff60ca1");
  const HelloMac mac = hello_mac(secret, exporter, AppId{7}, 1, device);
  EXPECT_EQ(to_hex(mac), "53f64cafeb4140b925d02f87a7372373");
}

TEST(HelloAuthTest, EveryInputOfTheMacCounts) {
  const DeviceId device = derive_device_id(master, nonce);
  const Secret secret = derive_device_secret(master, device, 1);
  const HelloMac mac = hello_mac(secret, exporter, AppId{7}, 1, device);
  Exporter other_connection = exporter;
  other_connection[31] ^= 1;
  DeviceId other_device = device;
  other_device.bytes[15] ^= 1;
  EXPECT_NE(hello_mac(secret, other_connection, AppId{7}, 1, device), mac);
  EXPECT_NE(hello_mac(secret, exporter, AppId{8}, 1, device), mac);
  EXPECT_NE(hello_mac(secret, exporter, AppId{7}, 2, device), mac);
  EXPECT_NE(hello_mac(secret, exporter, AppId{7}, 1, other_device), mac);
  EXPECT_NE(derive_device_secret(master, device, 2), secret);
}

}  // namespace
}  // namespace tocsin::wire
