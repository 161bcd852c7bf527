#include "wire/hello_auth.h"

#include <algorithm>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"

namespace tocsin::wire {
namespace {

using Digest = std::array<uint8_t, 32>;

Digest hmac_sha256(ByteView key, ByteView data) {
  Digest digest;
  unsigned length = 0;
  TOCSIN_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(),
                    data.size(), digest.data(), &length) != nullptr);
  TOCSIN_CHECK(length == digest.size());
  return digest;
}

// What is authenticated, assembled without a heap. Holds the longest of the three inputs.
class Input {
 public:
  Input& add(ByteView bytes) {
    TOCSIN_CHECK(bytes.size() <= bytes_.size() - used_);
    std::copy(bytes.begin(), bytes.end(), bytes_.begin() + used_);
    used_ += bytes.size();
    return *this;
  }
  Input& add(std::string_view text) { return add(as_bytes(text)); }
  Input& add_u32(uint32_t value) {
    const std::array<uint8_t, 4> big_endian = {
        static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
        static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
    return add(big_endian);
  }
  ByteView view() const { return ByteView(bytes_).first(used_); }

 private:
  std::array<uint8_t, 96> bytes_;
  size_t used_ = 0;
};

}  // namespace

DeviceId derive_device_id(const Secret& master, ByteView install_nonce) {
  TOCSIN_CHECK(install_nonce.size() == install_nonce_bytes);
  const Digest digest =
      hmac_sha256(master, Input().add("tocsin device id").add(install_nonce).view());
  DeviceId device;
  std::copy_n(digest.begin(), device.bytes.size(), device.bytes.begin());
  return device;
}

// HKDF (RFC 5869) with one output block: extract, then the first step of expand.
Secret derive_device_secret(const Secret& master, const DeviceId& device, uint32_t key_epoch) {
  const Digest extracted = hmac_sha256(device.view(), master);
  const std::array<uint8_t, 1> block_number = {1};
  return hmac_sha256(
      extracted, Input().add("tocsin device secret").add_u32(key_epoch).add(block_number).view());
}

HelloMac hello_mac(ByteView device_secret, const Exporter& exporter, AppId app, uint32_t key_epoch,
                   const DeviceId& device) {
  const Digest digest = hmac_sha256(device_secret, Input()
                                                       .add("tocsin hello")
                                                       .add(exporter)
                                                       .add_u32(app.value)
                                                       .add_u32(key_epoch)
                                                       .add(device.view())
                                                       .view());
  HelloMac mac;
  std::copy_n(digest.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace tocsin::wire
