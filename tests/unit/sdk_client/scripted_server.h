// ScriptedServer: a device's ClientFsm with a server beside it that says what the test tells it to,
// through the real codec, in simulated time.
//
// Thread: one test.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "sdk_client/client_fsm.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::sdk_client {

class ScriptedServer {
 public:
  static constexpr size_t window_ids = 64;

  explicit ScriptedServer(const ClientIdentity& identity = new_identity(), uint64_t seed = 1)
      : buffer(8192),
        out(buffer),
        window_memory(window_ids),
        fsm(options(), window_memory, identity, seed) {
    exporter.fill(0x5e);
  }

  static ClientIdentity new_identity() {
    ClientIdentity identity;
    identity.install_nonce.fill(0x11);
    return identity;
  }
  static ClientIdentity registered_identity() {
    ClientIdentity identity = new_identity();
    identity.app = AppId{7};
    identity.key_epoch = 3;
    identity.device.bytes.fill(0xdd);
    identity.device_secret.fill(0x55);
    identity.attributes_told = fingerprint_of(options());
    return identity;
  }
  static const ClientOptions& options() {
    static const std::vector<uint8_t> key(32, 0x22);
    static const std::vector<std::string_view> tags = {"beta", "city:kobe"};
    static const ClientOptions options{
        "weather", key, "linux", "1.0", tags, 300, {"u-1", "", "ja", "Asia/Tokyo", "0.1.0"}};
    return options;
  }

  // -- Events, each of which obeys what comes out ------------------------------------------------

  void tick() {
    out.clear();
    fsm.on_tick(now_ms, out);
    obey();
  }
  // Let time pass to the fsm's next wish and grant it.
  void tick_next() {
    ASSERT_NE(fsm.next_tick_ms(), ClientFsm::never_ms);
    now_ms = std::max(now_ms, fsm.next_tick_ms());
    tick();
  }
  void connect() {
    fsm.start(now_ms);
    tick_next();
    ASSERT_EQ(fsm.state(), ClientState::connecting);
    come_up();
  }
  void come_up() {
    preface_seen = false;
    out.clear();
    fsm.on_connected(exporter, now_ms, out);
    obey();
  }
  // What the server says arrives in one piece, then the batch ends with a tick.
  void receive(const Bytes& bytes) {
    feed(bytes);
    tick();
  }
  void feed(const Bytes& bytes) {
    size_t at = 0;
    for (size_t used = 1; used > 0 && !closed;) {
      out.clear();
      used = fsm.on_bytes(ByteView(bytes).subspan(at), now_ms, out);
      at += used;
      obey();
    }
    unread = bytes.size() - at;
  }
  template <typename Message>
  void say(const Message& message) {
    receive(frame(message));
  }
  void lose() {
    out.clear();
    fsm.on_closed(now_ms, out);
    obey();
  }
  // From whatever state to live, as registered_identity(); what is sent after Welcome stays in
  // `sent`.
  void go_live(uint32_t heartbeat_s = 300) {
    if (fsm.state() == ClientState::idle) fsm.start(now_ms);
    if (fsm.state() == ClientState::waiting) tick_next();
    come_up();
    if (fsm.state() == ClientState::registering) say(registered());
    ASSERT_EQ(fsm.state(), ClientState::opening);
    sent.clear();
    wire::Welcome welcome;
    welcome.server_time_ms = server_time_ms();
    welcome.heartbeat_s = heartbeat_s;
    say(welcome);
    ASSERT_EQ(fsm.state(), ClientState::live);
  }
  wire::Code update(wire::Update change) {
    out.clear();
    const wire::Code code = fsm.update(change, now_ms, out);
    obey();
    return code;
  }
  wire::Code update_tags(std::vector<std::string_view> add, std::vector<std::string_view> remove) {
    wire::Update change;
    for (const std::string_view tag : add) EXPECT_TRUE(change.add_tags.push_back(tag));
    for (const std::string_view tag : remove) EXPECT_TRUE(change.remove_tags.push_back(tag));
    return update(change);
  }
  wire::Code opened(uint64_t id) {
    out.clear();
    const wire::Code code = fsm.opened(MessageId{id}, now_ms, out);
    obey();
    return code;
  }
  void close() {
    out.clear();
    fsm.close(now_ms, out);
    obey();
  }

  // -- What the server says ----------------------------------------------------------------------

  static wire::Registered registered() {
    static const ClientIdentity identity = registered_identity();
    return {identity.app, identity.device, identity.device_secret, identity.key_epoch};
  }
  static wire::Push push(uint64_t id) {
    wire::Push push;
    push.message = MessageId{id};
    push.title = "title";
    return push;
  }
  static wire::Error error(wire::Error::Reason reason, uint32_t retry_after_ms = 0) {
    wire::Error error;
    error.reason = reason;
    error.message = "because";
    error.retry_after_ms = retry_after_ms;
    return error;
  }
  template <typename Message>
  static Bytes frame(const Message& message) {
    Bytes bytes;
    EXPECT_EQ(wire::append_message(message, bytes), wire::Code::ok);
    return bytes;
  }
  uint64_t server_time_ms() const { return 1'790'000'000'000 + now_ms; }

  // -- What the device did -----------------------------------------------------------------------

  // The next frame the device sent; fails the test when there is none or it has another type.
  Bytes take_sent(wire::FrameType type) {
    if (sent.empty()) {
      ADD_FAILURE() << "nothing was sent";
      return {};
    }
    EXPECT_EQ(sent.front().type, type);
    Bytes body = std::move(sent.front().body);
    sent.pop_front();
    return body;
  }
  std::vector<uint64_t> take_ack(wire::FrameType type = wire::FrameType::ack) {
    const Bytes body = take_sent(type);
    wire::Ack ack;
    EXPECT_EQ(wire::decode(body, ack), wire::Code::ok);
    std::vector<uint64_t> ids;
    for (const MessageId id : ack.messages) ids.push_back(id.value);
    return ids;
  }

  struct Sent {
    wire::FrameType type;
    Bytes body;
  };

  uint64_t now_ms = 1000;
  std::vector<uint8_t> buffer;
  ClientActions out;
  std::vector<MessageId> window_memory;
  ClientFsm fsm;
  wire::Exporter exporter{};

  std::deque<Sent> sent;
  std::vector<uint64_t> delivered;
  std::vector<uint64_t> recalled;
  std::vector<UpdateEnd> updates;
  std::vector<std::string> gateways;
  std::string error_text;
  int persisted = 0;
  int connects = 0;
  bool closed = false;
  bool preface_seen = false;
  size_t unread = 0;

 private:
  void obey() {
    if (out.deliver && out.push.recalls.value != 0) recalled.push_back(out.push.recalls.value);
    if (out.deliver && out.push.recalls.value == 0) delivered.push_back(out.push.message.value);
    if (out.persist) ++persisted;
    take_apart(out.to_send());
    if (out.close) closed = true;
    if (out.connect) {
      ++connects;
      closed = false;
    }
    for (const std::string_view gateway : out.gateways) gateways.emplace_back(gateway);
    if (out.update != UpdateEnd::none) updates.push_back(out.update);
    if (!out.error_text.empty()) error_text = out.error_text;
  }

  void take_apart(ByteView bytes) {
    if (!bytes.empty() && !preface_seen) {
      ASSERT_GE(bytes.size(), wire::preface.size());
      ASSERT_TRUE(std::equal(wire::preface.begin(), wire::preface.end(), bytes.begin()));
      bytes = bytes.subspan(wire::preface.size());
      preface_seen = true;
    }
    while (!bytes.empty()) {
      wire::FrameView frame;
      size_t used = 0;
      ASSERT_EQ(wire::read_frame(bytes, limits::device_frame_bytes_max, frame, used),
                wire::Code::ok);
      sent.push_back({frame.type, Bytes(frame.body.begin(), frame.body.end())});
      bytes = bytes.subspan(used);
    }
  }
};

}  // namespace tocsin::sdk_client
