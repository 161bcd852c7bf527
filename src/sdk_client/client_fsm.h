// ClientFsm: the protocol of one device, without the device.
//
// Connections, bytes and time go in; ClientActions come out, and the caller obeys them. It does no
// I/O, reads no clock and allocates nothing, so the C library (client.cc), the load drill, the
// fuzzer and the tests all run the same code.
//
//            start                   connect                on_connected, not registered
//     idle ---------> waiting ------------------> connecting ----------------> registering
//                        ^   (now >= connect_at)      |                            | Registered
//                        |                            | on_connected, registered   v
//                        |                            +------------------------> opening
//                        |                                                         | Welcome
//                        +------ on_closed, deadline, GoAway, Error, bad bytes --- live
//
//     given_up   after UNKNOWN_APP, or BAD_ARGUMENT to a Register: nothing a retry could fix
//     closed     after close(); both end only with start()
//
// How a caller drives it:
//     ClientActions out(buffer);                       one per thread is enough
//     fsm.start(now, out)                              then, whenever now >= fsm.next_tick_ms():
//     out.clear(); fsm.on_tick(now, out); obey(out);
//     transport up:     out.clear(); fsm.on_connected(exporter, now, out); obey(out);
//     bytes came:       do { out.clear(); used = fsm.on_bytes(unread, now, out); obey(out); }
//                       while (used > 0);  keep unread bytes for later; then on_tick() at once:
//                       acknowledgements wait for it, so that one read makes one Ack frame
//     transport down:   out.clear(); fsm.on_closed(now, out); obey(out);
//
// Times are milliseconds of any clock that never steps back. Every call may move next_tick_ms().
//
// Thread: one owner.
// Bound: sizeof plus the lent duplicate window; one frame per on_bytes().
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/backoff.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/prng.h"
#include "sdk_client/attribute.h"
#include "sdk_client/duplicate_window.h"
#include "wire/code.h"
#include "wire/frame.h"
#include "wire/hello_auth.h"
#include "wire/messages.h"

namespace tocsin::sdk_client {

// Settings of a client. Lent: it and all it points to outlive the ClientFsm; any number of clients
// may share one.
struct ClientOptions {
  std::string_view app;
  ByteView registration_key;  // 32 bytes
  std::string_view platform;
  std::string_view app_version;
  std::span<const std::string_view> tags;  // sent with Register; at most tags_per_frame_max
  uint32_t heartbeat_s = 0;                // requested heartbeat; 0: the server's choice
  // These and app_version are sent with Register, and in an Update after Welcome when they differ
  // from what the server last confirmed. Each is_attribute().
  AttributeTexts attributes = {};
};

// Differs between options with different attributes, except for one pair in 2^32.
uint32_t fingerprint_of(const ClientOptions& options);

// Who this installation is; it must survive a restart, as must the duplicate window.
struct ClientIdentity {
  std::array<uint8_t, wire::install_nonce_bytes> install_nonce{};  // secret; made once, at random
  AppId app;                                                       // 0: not registered yet
  uint32_t key_epoch = 0;
  DeviceId device;
  wire::Secret device_secret{};
  uint32_t attributes_told = 0;  // fingerprint of those that the server has confirmed
  bool is_registered() const { return app.value != 0; }
};

enum class ClientState : uint8_t {
  idle,         // start() has not been called
  waiting,      // for the time to connect
  connecting,   // the caller is connecting
  registering,  // Register sent
  opening,      // Hello sent
  live,         // pushes may come
  given_up,     // see trouble(); a retry cannot help
  closed,       // close() was called
};

// Why the last connection ended or failed.
enum class Trouble : uint8_t {
  none,
  unreachable,        // no transport: name, network, TLS or certificate
  lost,               // the transport ended without notice
  no_answer,          // the server did not answer in time
  bad_server,         // it did not speak this protocol
  going_away,         // GoAway: it is being drained
  replaced,           // GoAway: another connection with this identity; are two copies running?
  slow,               // GoAway: this device did not read
  idle,               // GoAway: no heartbeat
  unknown_app,        // Error: app name or registration key is wrong
  unauthenticated,    // Error: secret refused; registers again
  expired,            // Error: key epoch no longer valid; registers again
  unknown_device,     // Error: deleted; registers again
  bad_argument,       // Error: a tag or another value is not allowed
  unavailable,        // Error: come back later
  too_many_requests,  // Error: come back later
  refused,            // Error: any other
  too_large,          // Register does not fit in the caller's send buffer
};

// How an update() has ended.
enum class UpdateEnd : uint8_t { none, confirmed, failed };

// What the caller must do after a call, in the order of the fields. Views die with the bytes that
// were given to the call.
struct ClientActions {
  // `buffer` takes the bytes to send: ClientFsm::send_bytes_min, or more for many tags.
  explicit ClientActions(MutableBytes buffer);

  // Call it before every call of ClientFsm, so that nothing is done twice.
  void clear();

  // Give this to the app; or, when push.recalls is not 0, have it take the message with that id off
  // its screen. At most one per call.
  bool deliver = false;
  wire::Push push;
  // Save identity() and the window before sending: a device that crashes in between then neither
  // registers as another one nor shows a message twice.
  bool persist = false;
  // Send the first send_bytes of send_buffer, all of it and in order.
  size_t send_bytes = 0;
  MutableBytes send_buffer;
  // Close the transport once these are sent. on_closed() may be called then, but need not be.
  bool close = false;
  // Connect: TCP, TLS 1.3 with ALPN wire::alpn; then on_connected() or on_closed().
  bool connect = false;
  // Other gateways to try when the usual one fails: keep a copy if there are any.
  wire::GatewayList gateways;
  // The pending update() was confirmed, or must be repeated.
  UpdateEnd update = UpdateEnd::none;
  // What the server said in an Error frame; empty otherwise.
  std::string_view error_text;

  ByteView to_send() const { return send_buffer.first(send_bytes); }
};

class ClientFsm {
 public:
  // `identity` as persisted, or with only install_nonce set, at random. `window` is memory for the
  // duplicate window: limits::ack_ids_max..65535 ids. `seed`: any value that differs between
  // devices; it determines all jitter.
  ClientFsm(const ClientOptions& options, std::span<MessageId> window,
            const ClientIdentity& identity, uint64_t seed);

  // A persisted id of the duplicate window, oldest first. Requires state() == idle.
  void remember(MessageId id) { window_.add(id); }

  // Start, or start again after close() or given_up: the next on_tick() connects.
  // No effect in other states.
  void start(uint64_t now_ms);

  // The transport is up; `exporter` is its TLS exporter value for wire::exporter_label with no
  // context. No effect unless connecting.
  void on_connected(const wire::Exporter& exporter, uint64_t now_ms, ClientActions& out);

  // Take at most one frame from the front of `in`; returns its size, 0 when the frame is not
  // complete, or nothing is to be read in this state. A frame is at most
  // server_frame_bytes_max + frame_head_bytes_max bytes long.
  size_t on_bytes(ByteView in, uint64_t now_ms, ClientActions& out);

  // The transport could not be opened or has ended. No effect when there is none.
  void on_closed(uint64_t now_ms, ClientActions& out);

  // next_tick_ms() has been reached, or a batch of bytes was read.
  void on_tick(uint64_t now_ms, ClientActions& out);

  // When on_tick() has something to do; never_ms when only an event can change that. May be in
  // the past.
  uint64_t next_tick_ms() const;
  static constexpr uint64_t never_ms = UINT64_MAX;

  // The radio is awake anyway: a heartbeat that is nearly due is sent now, almost for free.
  void on_radio_active(uint64_t now_ms, ClientActions& out);
  // Another network: connect at once, or test with a heartbeat whether the connection still works.
  void on_network_changed(uint64_t now_ms, ClientActions& out);
  // From now on, these wire::Condition bits are true of the device.
  void on_conditions(uint32_t conditions, uint64_t now_ms, ClientActions& out);

  // The user opened this message. Kept until the next session when offline. Code::overloaded when
  // opened_pending_max are already kept; Code::malformed for id 0.
  wire::Code opened(MessageId id, uint64_t now_ms, ClientActions& out);

  // Change this device's tags or attributes; `out.update` of a later call says how it ended. May be
  // repeated safely. `change.update_id` is filled in here. Code::wrong_state unless live;
  // Code::overloaded while another is pending; Code::too_large for more than tags_per_frame_max
  // tags or more than send_buffer can hold.
  wire::Code update(wire::Update& change, uint64_t now_ms, ClientActions& out);

  // End: pending acknowledgements are sent, the transport is closed.
  void close(uint64_t now_ms, ClientActions& out);

  ClientState state() const { return state_; }
  Trouble trouble() const { return trouble_; }
  const ClientIdentity& identity() const { return identity_; }
  const DuplicateWindow& window() const { return window_; }
  // Failed attempts in a row: 0 means the usual gateway, others may try one of `gateways`.
  uint32_t attempts() const { return backoff_.attempts(); }
  // The server's wall clock now, or 0 before the first Welcome.
  uint64_t server_ms(uint64_t now_ms) const;
  uint32_t heartbeat_s() const { return heartbeat_s_; }
  // When a waiting client will connect.
  uint64_t connect_at_ms() const { return deadline_ms_; }

  // Enough room for every call except on_connected() with tags, and update().
  static constexpr size_t send_bytes_min = 1024;

 private:
  wire::Code take(const wire::FrameView& frame, uint64_t now_ms, ClientActions& out);
  wire::Code on_registered(ByteView body, uint64_t now_ms, ClientActions& out);
  wire::Code on_welcome(ByteView body, uint64_t now_ms, ClientActions& out);
  wire::Code on_push(ByteView body, uint64_t now_ms, ClientActions& out);
  wire::Code on_updated(ByteView body, ClientActions& out);
  wire::Code on_go_away(ByteView body, uint64_t now_ms, ClientActions& out);
  wire::Code on_error(ByteView body, uint64_t now_ms, ClientActions& out);
  void obey_error(const wire::Error& error, uint64_t now_ms, ClientActions& out);
  void on_live_tick(uint64_t now_ms, ClientActions& out);
  bool is_expired(const wire::Push& push, uint64_t now_ms) const;

  void send_register(uint64_t now_ms, ClientActions& out);
  void introduce(uint64_t now_ms, ClientActions& out);
  void settle_introduction(ClientActions& out);
  void send_hello(uint64_t now_ms, ClientActions& out);
  void send_ping(uint64_t now_ms, ClientActions& out);
  void send_acks(uint64_t now_ms, ClientActions& out);
  void send_opened(uint64_t now_ms, ClientActions& out);
  void send_conditions(uint64_t now_ms, ClientActions& out);
  void send_byte(wire::FrameType type, uint64_t now_ms, ClientActions& out);
  void note_sent(uint64_t now_ms);
  template <typename Message>
  wire::Code send(const Message& message, uint64_t now_ms, ClientActions& out);
  template <typename Message>
  void must_send(const Message& message, uint64_t now_ms, ClientActions& out);
  wire::Code on_written(wire::Code code, size_t bytes, uint64_t now_ms, ClientActions& out);

  // End this connection and wait for the next: after a back-off, plus `wait_ms`.
  void end(Trouble why, uint64_t wait_ms, uint64_t now_ms, ClientActions& out);
  // End this connection and go to `next`.
  void leave(ClientState next, Trouble why, uint64_t now_ms, ClientActions& out);
  bool has_transport() const;
  bool waits_by_order() const;

  const ClientOptions* options_;
  DuplicateWindow window_;
  Prng prng_;
  Backoff backoff_;
  ClientIdentity identity_;
  wire::Exporter exporter_{};  // of this connection, until Hello
  uint64_t deadline_ms_ = 0;   // waiting: connect then; connecting, registering, opening: give up
  uint64_t live_since_ms_ = 0;
  uint64_t server_offset_ms_ = 0;  // server wall clock minus our clock, modulo 2^64
  uint64_t ping_at_ms_ = 0;
  uint64_t pong_deadline_ms_ = 0;    // 0: no ping is unanswered
  uint64_t ack_at_ms_ = 0;           // with unacked_ > 0
  uint64_t update_deadline_ms_ = 0;  // 0: no update is pending
  std::array<MessageId, limits::opened_pending_max> opened_{};
  uint32_t heartbeat_s_ = limits::heartbeat_s_default;
  uint32_t update_id_ = 0;
  uint8_t unacked_ = 0;  // this many, the newest of window_
  uint8_t opened_count_ = 0;
  uint32_t conditions_ = 0;
  uint32_t conditions_told_ = 0;  // in this session
  ClientState state_ = ClientState::idle;
  Trouble trouble_ = Trouble::none;
};

// The load drill holds 20,000 of these.
static_assert(sizeof(ClientFsm) <= 384);

}  // namespace tocsin::sdk_client
