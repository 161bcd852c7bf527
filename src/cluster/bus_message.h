// What roles tell each other on the Bus: live traffic that may be lost at any time, because the log
// and the sets rebuild it.
//
// Plain values. Payloads that go to many receivers are shared and immutable; nothing in here points
// into a sender's state, so a networked bus can serialise every message.
//
//   gateway -> storage    SessionsOpened, SessionsClosed, Acknowledged, ConditionsChanged
//   storage -> gateway    SessionsGranted, SessionsRevoked, Deliver, TagsChanged, SlotsCasts,
//                         Withdrawn
//   dispatcher -> gateway Cast
//   storage -> all        AppsChanged
//   any -> storage        AppsWanted
//
// Thread: values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "cluster/log.h"
#include "wire/hello_auth.h"
#include "wire/messages.h"

namespace tocsin::cluster {

// Where a device's connection is: gateway shard, slot in its table, and the slot's generation,
// which tells a closed connection from the next one in the same slot.
struct SessionRef {
  uint32_t gateway = 0;  // endpoint number on the bus
  uint32_t slot = 0;
  uint32_t generation = 0;
  auto operator<=>(const SessionRef&) const = default;
};

// A message ready to be sealed and sent: the same bytes for every device.
struct Envelope {
  MessageId message;
  AppId app;
  wire::Priority priority = wire::Priority::normal;
  uint64_t accepted_at_ms = 0;
  uint64_t expires_at_ms = 0;  // == accepted_at_ms: now or never
  std::string push_frame;      // type, length and body

  bool is_now_or_never() const { return expires_at_ms == accepted_at_ms; }
  // Goes to a session at once, also while storage still replays older messages to it: an alert, and
  // what would be worthless afterwards.
  bool rides_at_once() const { return priority == wire::Priority::alert || is_now_or_never(); }
};
using SharedEnvelope = std::shared_ptr<const Envelope>;

// A key that may be used for an app.
struct AppKey {
  std::string id;                  // unique in the app
  std::array<uint8_t, 32> hash{};  // SHA-256 of the key's text
  uint32_t scopes = 0;             // a bit for each: 1 << tocsin.v1.Scope
  std::string label;
  uint64_t created_at_ms = 0;
  uint64_t expires_at_ms = 0;  // 0: never
};

// What an operator sets for an app; 0, false or empty: the server's default, or none.
struct AppSettings {
  uint32_t sends_per_s = 0;
  uint32_t send_burst = 0;
  uint32_t payload_bytes_max = 0;
  uint32_t live_casts_max = 0;
  bool everyone_needs_release = false;
  uint32_t messages_per_device_per_day = 0;
  std::string webhook_url;
  std::string webhook_secret;
};

struct AppConfig {
  AppId id;
  std::string name;
  std::vector<AppKey> keys;  // the one given at creation is called "default"
  AppSettings settings;
  std::array<uint8_t, wire::registration_key_bytes> registration_key{};
  wire::Secret device_master_secret{};
  uint32_t key_epoch = 0;
  uint64_t created_at_ms = 0;
};

// All apps; replaced as a whole when one changes.
struct AppTable {
  std::unordered_map<uint32_t, AppConfig> by_id;
  std::unordered_map<std::string, uint32_t> id_by_name;
  const AppConfig* find(AppId id) const;
  const AppConfig* find(const std::string& name) const;
};

// -- gateway -> storage --------------------------------------------------------------------------

struct SessionOpened {
  SessionRef session;
  AppId app;
  DeviceId device;
  uint8_t conditions = 0;  // wire::Condition bits that hold on the device
};
using SessionsOpened = std::vector<SessionOpened>;

struct SessionClosed {
  SessionRef session;
  DeviceRef device;
};
using SessionsClosed = std::vector<SessionClosed>;

struct Acknowledgement {
  SessionRef session;
  DeviceRef device;
  MessageId message;
  AppId app;
  bool opened = false;  // false: delivered to the app; true: opened by the user
};
using Acknowledged = std::vector<Acknowledgement>;

// Other conditions hold on the device than before.
struct SessionConditions {
  SessionRef session;
  DeviceRef device;
  AppId app;
  uint8_t conditions = 0;
};
using ConditionsChanged = std::vector<SessionConditions>;

// -- storage -> gateway --------------------------------------------------------------------------

// What storage sends a session from its books, and how it hands over to the live casts.
//
// A session is `draining` until a Replay says more == false. While draining, storage sends
// everything below the alert lane (stored messages and casts alike) in order, in_flight_max at a
// time, the next as acks make room; the gateway offers only what rides at once. The Replay with
// more == false carries the log position `as_of`: casts at or below it are storage's business and
// are in the replays, casts behind it are the gateway's to offer, also those it has already fanned
// out to others. For what rides at once the `as_of` of the grant counts.
struct Replay {
  SessionRef session;
  std::vector<SharedEnvelope> envelopes;  // alert lane first; within a lane oldest first
  bool more = false;
  Position as_of = 0;
};
// Batches of a running replay (more == true until the last), and messages to single devices that
// were accepted while their session was open and not draining (more == false; as_of is 0 and means
// nothing then).
using Deliver = std::vector<Replay>;

// The session is in the books.
struct SessionGrant {
  DeviceRef device;
  std::vector<std::string> tags;
  Replay replay;  // replay.session is the session granted
};
using SessionsGranted = std::vector<SessionGrant>;

struct SessionRevoked {
  SessionRef session;
  enum class Why { unknown_device, replaced } why = Why::unknown_device;
};
using SessionsRevoked = std::vector<SessionRevoked>;

// After every record that changes a session's tags or asks for some to be removed, also when that
// changes nothing: the gateway confirms a removal to the device when it has this. Casts behind
// `as_of` to a tag that is new are the gateway's to offer, also those it has already fanned out to
// others.
struct SessionTags {
  SessionRef session;
  std::vector<std::string> tags;  // all of them, after the record
  Position as_of = 0;             // the record's
};
using TagsChanged = std::vector<SessionTags>;

// A cast whose audience only storage can tell (an expression): to these of the gateway's slots.
// Like a Cast otherwise: what does not ride at once passes draining sessions by, and is in their
// replays.
struct SlotsCast {
  struct To {
    uint32_t slot;
    uint32_t generation;
  };
  SharedEnvelope envelope;
  std::vector<To> to;
};
using SlotsCasts = std::vector<SlotsCast>;

// Messages that are not to be sent any more.
using Withdrawn = std::vector<MessageId>;

// -- dispatcher -> gateway -----------------------------------------------------------------------

// One message to every matching connection; resolved by each gateway over its own connections.
struct Cast {
  Position position = 0;
  SharedEnvelope envelope;
  bool everyone = false;
  std::string tag;  // when not everyone
};

// -- storage -> all ------------------------------------------------------------------------------

using AppsChanged = std::shared_ptr<const AppTable>;

// -- any -> storage ------------------------------------------------------------------------------

// A role has joined, and has no app table yet: publish it again.
struct AppsWanted {};

using BusMessage = std::variant<SessionsOpened, SessionsClosed, Acknowledged, ConditionsChanged,
                                SessionsGranted, SessionsRevoked, Deliver, TagsChanged, SlotsCasts,
                                Withdrawn, Cast, AppsChanged, AppsWanted>;

}  // namespace tocsin::cluster
