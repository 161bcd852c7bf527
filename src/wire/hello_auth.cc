#include "wire/hello_auth.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string_view>

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

void append_u32(uint32_t value, Bytes& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

}  // namespace

DeviceId derive_device_id(const Secret& master, ByteView install_nonce) {
  Bytes input;
  append(input, as_bytes("tocsin device id"));
  append(input, install_nonce);
  const Digest digest = hmac_sha256(master, input);
  DeviceId device;
  std::copy_n(digest.begin(), device.bytes.size(), device.bytes.begin());
  return device;
}

// HKDF (RFC 5869) with one output block: extract, then the first step of expand.
Secret derive_device_secret(const Secret& master, const DeviceId& device, uint32_t key_epoch) {
  const Digest extracted = hmac_sha256(device.view(), master);
  Bytes info;
  append(info, as_bytes("tocsin device secret"));
  append_u32(key_epoch, info);
  info.push_back(1);
  return hmac_sha256(extracted, info);
}

HelloMac hello_mac(ByteView device_secret, const Exporter& exporter, AppId app, uint32_t key_epoch,
                   const DeviceId& device) {
  Bytes input;
  append(input, as_bytes("tocsin hello"));
  append(input, exporter);
  append_u32(app.value, input);
  append_u32(key_epoch, input);
  append(input, device.view());
  const Digest digest = hmac_sha256(device_secret, input);
  HelloMac mac;
  std::copy_n(digest.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace tocsin::wire
