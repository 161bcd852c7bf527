// Who a device is, and how its Hello proves it without a lookup.
//
//   device_id     = HMAC-SHA256(master, "tocsin device id"  || install_nonce)[0..16)
//   device_secret = HKDF-SHA256(ikm = master, salt = device_id,
//                               info = "tocsin device secret" || key_epoch as 4 bytes big endian)
//   hello mac     = HMAC-SHA256(device_secret, "tocsin hello" || exporter || app_id || key_epoch
//                               || device_id)[0..16)          integers as 4 bytes big endian
//
// `master` is the app's device master secret, known to gateways only. `exporter` is the TLS
// exporter value of this very connection (RFC 8446 section 7.5), label below, empty context, 32
// bytes: a Hello recorded elsewhere fails here, so nothing can be replayed. Because the id derives
// from a nonce that only the installation knows, registering twice gives the same id, and knowing
// somebody's id does not give their secret.
//
// Thread: pure functions.
#pragma once

#include <array>

#include "base/bytes.h"
#include "base/ids.h"

namespace tocsin::wire {

inline constexpr char exporter_label[] = "EXPORTER-tocsin-hello";
inline constexpr size_t exporter_bytes = 32;
inline constexpr size_t secret_bytes = 32;
inline constexpr size_t install_nonce_bytes = 16;
inline constexpr size_t registration_key_bytes = 32;
inline constexpr size_t hello_mac_bytes = 16;

using Secret = std::array<uint8_t, secret_bytes>;
using Exporter = std::array<uint8_t, exporter_bytes>;
using HelloMac = std::array<uint8_t, hello_mac_bytes>;

DeviceId derive_device_id(const Secret& master, ByteView install_nonce);
Secret derive_device_secret(const Secret& master, const DeviceId& device, uint32_t key_epoch);
HelloMac hello_mac(ByteView device_secret, const Exporter& exporter, AppId app, uint32_t key_epoch,
                   const DeviceId& device);

}  // namespace tocsin::wire
