// The persisted state of a client as bytes: identity and duplicate window.
//
//      0  4  magic: 'T' 'C' 'S', version 2
//      4 16  install nonce
//     20  4  app id, 0 when not registered
//     24  4  key epoch
//     28 16  device id
//     44 32  device secret
//     76  4  fingerprint of the attributes that the server has confirmed
//     80  2  n, message ids that follow
//     82 8n  message ids, oldest first
//      +  4  CRC-32 (IEEE 802.3) of everything before it
//
// Version 1, which is still read, has no fingerprint. Integers big endian. The checksum finds a
// torn or decayed blob; it does not protect against somebody who can write to the store.
//
// Thread: pure functions.
// Bound: state_blob_bytes(window capacity).
#pragma once

#include "base/bytes.h"
#include "sdk_client/client_fsm.h"

namespace tocsin::sdk_client {

// Bytes of a blob with `ids` message ids.
constexpr size_t state_blob_bytes(size_t ids) {
  return 4 + 16 + 4 + 4 + 16 + 32 + 4 + 2 + 8 * ids + 4;
}

// Write the blob to the front of `out`; returns its length. Requires room for it.
size_t write_state_blob(const ClientIdentity& identity, const DuplicateWindow& window,
                        MutableBytes out);

// Only the identity. False when `blob` is not a whole, undamaged blob of version 1 or 2.
bool read_identity(ByteView blob, ClientIdentity& identity);

// Give the ids in a blob that read_identity() accepted to `fsm`, oldest first.
void restore_window(ByteView blob, ClientFsm& fsm);

}  // namespace tocsin::sdk_client
