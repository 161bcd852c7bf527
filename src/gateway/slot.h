// Slot: everything the gateway keeps for one connection, in one cache-friendly struct.
//
// While a device is idle this is all there is: no buffer, timer, coroutine or heap object.
// Unfinished business (a record half read, a push the socket would not take, the exporter before
// Hello) is in an `Aux`, which exists only as long as there is any.
//
//    16  aux, tags (pointers; null when idle and untagged)
//     8  tags_as_of
//    20  fd, generation, app, ordinal, last_heard_s
//     8  wheel     heartbeat deadline
//    12  heartbeat_s, protocol state, flags
//   176  tls       secrets, keys, ivs, sequence numbers of both directions
//    16  device    id
//   ---
//   256: four cache lines, of which a push touches the first two
//
// Thread: owned by one gateway shard.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/timer_wheel.h"
#include "cluster/log.h"
#include "gateway/session_fsm.h"
#include "wire/hello_auth.h"
#include "wire/tls_session.h"

namespace tocsin::gateway {

// Unfinished business of a connection.
struct Aux {
  Bytes unread;             // the front of a TLS record
  Bytes unparsed;           // the front of a frame, decrypted
  Bytes unsent;             // sealed, not yet taken by the kernel; at most unsent_bytes_max
  size_t unsent_taken = 0;  // bytes at the front of `unsent` the kernel has taken
  std::unique_ptr<wire::Exporter> exporter;  // until Hello
  struct EarlyAck {
    MessageId message;
    bool opened;
  };
  std::vector<EarlyAck> early_acks;  // arrived before storage's grant; at most early_acks_max
  struct StoredUpdate {
    cluster::Position position;
    uint32_t update_id;
  };
  // Updates that remove tags the session may still have here; at most updates_unconfirmed_max.
  std::vector<StoredUpdate> unconfirmed;
  bool empty() const {
    return unread.empty() && unparsed.empty() && unsent.empty() && exporter == nullptr &&
           early_acks.empty() && unconfirmed.empty();
  }
};

using TagIds = std::vector<uint32_t>;  // gateway/audience_index.h

struct alignas(64) Slot {
  std::unique_ptr<Aux> aux;
  std::unique_ptr<TagIds> tags;
  cluster::Position tags_as_of = 0;  // the log position that `tags` are from; 0 until the grant
  int32_t fd = -1;                   // -1: the slot is free
  uint32_t generation = 0;           // raised at each close
  AppId app;
  uint32_t ordinal = 0;       // of the device in its partition, once live
  uint32_t last_heard_s = 0;  // wheel tick
  TimerWheel::Link wheel;
  uint16_t heartbeat_s = 0;
  SessionFsm session;
  uint8_t draining : 1 = 0;           // storage is replaying: offer only what rides at once
  uint8_t in_audience : 1 = 0;        // member of its app's set
  uint8_t wants_write : 1 = 0;        // EPOLLOUT is armed
  uint8_t closing : 1 = 0;            // an Error or GoAway was queued; close once it is sent
  uint8_t conditions : 2 = 0;         // wire::Condition bits that hold for the device
  uint8_t conditions_untold : 1 = 0;  // they changed before storage had the session
  wire::TlsSession tls;
  DeviceId device;

  bool is_free() const { return fd < 0; }
};

// Multiply by a million idle devices before you raise this.
static_assert(sizeof(Slot) <= 256);

}  // namespace tocsin::gateway
