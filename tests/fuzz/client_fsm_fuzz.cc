// The device's side of the protocol under arbitrary events and arbitrary bytes from a server.
//
// The input is a script: an event byte, then what that event needs. Whatever comes, actions must be
// in order (a connection is opened once and closed once, nothing is sent without one), what is sent
// must be frames of the protocol, and a message within the window reaches the app once.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "sdk_client/client_fsm.h"
#include "wire/frame.h"

namespace tocsin::sdk_client {
namespace {

class Script {
 public:
  explicit Script(ByteView bytes) : left_(bytes) {}
  bool is_over() const { return left_.empty(); }
  uint8_t byte() {
    if (left_.empty()) return 0;
    const uint8_t first = left_[0];
    left_ = left_.subspan(1);
    return first;
  }
  ByteView bytes(size_t size) {
    const ByteView taken = left_.first(std::min(size, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  ByteView left_;
};

class Device {
 public:
  explicit Device(bool registered)
      : fsm_(options(), window_, identity(registered), 1), out_(buffer_) {}

  void play(Script& script) {
    const uint8_t event = script.byte();
    now_ms_ += uint64_t{script.byte()} << (event >> 5 << 1);
    out_.clear();
    switch (event & 15) {
      case 0:
        fsm_.start(now_ms_);
        break;
      case 1:
        fsm_.on_tick(now_ms_, out_);
        break;
      case 2:
        connect();
        return;
      case 3:
      case 4:
      case 5:
      case 6:
        receive(script.bytes(script.byte()));
        return;
      case 7:
        fsm_.on_closed(now_ms_, out_);
        has_transport_ = false;
        break;
      case 8:
        fsm_.on_radio_active(now_ms_, out_);
        break;
      case 9:
        fsm_.on_network_changed(now_ms_, out_);
        break;
      case 10:
        (void)fsm_.opened(MessageId{script.byte()}, now_ms_, out_);
        break;
      case 11:
        update(script.byte());
        break;
      case 12:
        fsm_.close(now_ms_, out_);
        break;
      default:
        now_ms_ = std::max(now_ms_, std::min(fsm_.next_tick_ms(), now_ms_ + (1u << 30)));
    }
    obey();
  }

 private:
  static const ClientOptions& options() {
    static const std::array<uint8_t, 32> key{};
    static const std::array<std::string_view, 1> tags = {"tag"};
    static const ClientOptions options{
        "app", key, "fuzz", "1", tags, 60, {"alias", "", "ja", "Asia/Tokyo", "0.1.0"}};
    return options;
  }
  static ClientIdentity identity(bool registered) {
    ClientIdentity identity;
    if (registered) identity.app = AppId{1};
    return identity;
  }

  void update(uint8_t what) {
    wire::Update change;
    if ((what & 1) != 0) change.add_tags.push_back("tag");
    if ((what & 2) != 0) change.remove_tags.push_back("other");
    if ((what & 4) != 0) change.alias = "";
    if ((what & 8) != 0) change.region = "wx4g0";
    (void)fsm_.update(change, now_ms_, out_);
  }

  void connect() {
    if (fsm_.state() != ClientState::connecting) return;
    TOCSIN_CHECK(has_transport_);
    expects_preface_ = true;
    unread_.clear();
    fsm_.on_connected({}, now_ms_, out_);
    obey();
  }

  void receive(ByteView bytes) {
    append(unread_, bytes);
    size_t at = 0;
    for (size_t used = 1; used > 0;) {
      out_.clear();
      used = fsm_.on_bytes(ByteView(unread_).subspan(at), now_ms_, out_);
      at += used;
      TOCSIN_CHECK(at <= unread_.size());
      obey();
    }
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(at));
    if (!has_transport_) unread_.clear();
    TOCSIN_CHECK(unread_.size() < limits::server_frame_bytes_max + limits::frame_head_bytes_max);
  }

  void obey() {
    check_delivery();
    check_sent(out_.to_send());
    if (out_.close) {
      TOCSIN_CHECK(has_transport_);
      has_transport_ = false;
    }
    if (out_.connect) {
      TOCSIN_CHECK(!has_transport_);
      TOCSIN_CHECK(fsm_.state() == ClientState::connecting);
      has_transport_ = true;
    }
    const bool needs_transport =
        fsm_.state() >= ClientState::connecting && fsm_.state() <= ClientState::live;
    TOCSIN_CHECK(needs_transport == has_transport_);
  }

  void check_delivery() {
    if (!out_.deliver) return;
    TOCSIN_CHECK(out_.push.message.value != 0);
    // While no more ids have come than the window holds, each must be recognised.
    seen_.push_back(out_.push.message);
    if (fsm_.window().size() < window_.size()) {
      TOCSIN_CHECK(std::count(seen_.begin(), seen_.end(), out_.push.message) == 1);
    }
  }

  void check_sent(ByteView bytes) {
    TOCSIN_CHECK(bytes.size() <= buffer_.size());
    if (bytes.empty()) return;
    TOCSIN_CHECK(has_transport_);
    if (expects_preface_) {
      TOCSIN_CHECK(bytes.size() > 2 && bytes[0] == wire::preface[0] &&
                   bytes[1] == wire::preface[1]);
      bytes = bytes.subspan(2);
      expects_preface_ = false;
    }
    while (!bytes.empty()) {
      wire::FrameView frame;
      size_t used = 0;
      TOCSIN_CHECK(wire::read_frame(bytes, limits::device_frame_bytes_max, frame, used) ==
                   wire::Code::ok);
      bytes = bytes.subspan(used);
    }
  }

  std::array<MessageId, limits::ack_ids_max> window_{};
  std::array<uint8_t, ClientFsm::send_bytes_min> buffer_{};
  ClientFsm fsm_;
  ClientActions out_;
  std::vector<MessageId> seen_;  // what the app was given
  Bytes unread_;
  uint64_t now_ms_ = 1;
  bool has_transport_ = false;
  bool expects_preface_ = false;
};

void run(ByteView input) {
  Script script(input);
  Device device(script.byte() & 1);
  while (!script.is_over()) device.play(script);
}

}  // namespace
}  // namespace tocsin::sdk_client

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tocsin::sdk_client::run({data, size});
  return 0;
}
