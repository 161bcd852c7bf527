#include "sdk_client/client_fsm.h"

#include <algorithm>

#include "base/check.h"
#include "wire/codec.h"

namespace tocsin::sdk_client {

using wire::Code;
using wire::FrameType;

namespace {

// The update_id of what introduce() sends; those of update() start at 1.
constexpr uint32_t introduction_id = 0;

void check_ok(Code code) { TOCSIN_CHECK(code == Code::ok); }

// FNV-1a of the length and the bytes.
uint32_t hash_on(uint32_t hash, std::string_view text) {
  constexpr uint32_t prime = 0x01000193;
  hash = (hash ^ static_cast<uint8_t>(text.size())) * prime;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * prime;
  return hash;
}

}  // namespace

ClientActions::ClientActions(MutableBytes buffer) : send_buffer(buffer) {}

void ClientActions::clear() {
  deliver = false;
  persist = false;
  send_bytes = 0;
  close = false;
  connect = false;
  gateways.clear();
  update = UpdateEnd::none;
  error_text = {};
}

uint32_t fingerprint_of(const ClientOptions& options) {
  uint32_t hash = hash_on(0x811c9dc5, options.app_version);
  for (const std::string_view text : options.attributes) hash = hash_on(hash, text);
  return hash;
}

ClientFsm::ClientFsm(const ClientOptions& options, std::span<MessageId> window,
                     const ClientIdentity& identity, uint64_t seed)
    : options_(&options),
      window_(window),
      prng_(seed),
      backoff_(limits::reconnect_base_ms, limits::reconnect_cap_ms),
      identity_(identity) {
  TOCSIN_CHECK(window.size() >= limits::ack_ids_max && window.size() <= UINT16_MAX);
}

// -- Coming and going ----------------------------------------------------------------------------

void ClientFsm::start(uint64_t now_ms) {
  if (has_transport() || state_ == ClientState::waiting) return;
  state_ = ClientState::waiting;
  trouble_ = Trouble::none;
  deadline_ms_ = now_ms;
}

void ClientFsm::on_connected(const wire::Exporter& exporter, uint64_t now_ms, ClientActions& out) {
  if (state_ != ClientState::connecting) return;
  exporter_ = exporter;
  std::copy(wire::preface.begin(), wire::preface.end(), out.send_buffer.begin());
  out.send_bytes = wire::preface.size();
  if (identity_.is_registered()) {
    send_hello(now_ms, out);
  } else {
    send_register(now_ms, out);
  }
}

void ClientFsm::on_closed(uint64_t now_ms, ClientActions& out) {
  if (!has_transport()) return;
  const bool never_was = state_ == ClientState::connecting;
  end(never_was ? Trouble::unreachable : Trouble::lost, 0, now_ms, out);
  out.close = false;
}

void ClientFsm::close(uint64_t now_ms, ClientActions& out) {
  if (state_ == ClientState::live) {
    send_acks(now_ms, out);
    send_opened(now_ms, out);
  }
  leave(ClientState::closed, Trouble::none, now_ms, out);
}

void ClientFsm::end(Trouble why, uint64_t wait_ms, uint64_t now_ms, ClientActions& out) {
  leave(ClientState::waiting, why, now_ms, out);
  deadline_ms_ = now_ms + wait_ms + backoff_.next_ms(prng_);
}

void ClientFsm::leave(ClientState next, Trouble why, uint64_t now_ms, ClientActions& out) {
  const bool was_stable =
      state_ == ClientState::live && now_ms - live_since_ms_ >= limits::stable_ms;
  if (was_stable) backoff_.reset();
  if (has_transport()) out.close = true;
  if (update_deadline_ms_ != 0) out.update = UpdateEnd::failed;
  update_deadline_ms_ = 0;
  pong_deadline_ms_ = 0;
  // The app has them, and may restart before they come again.
  if (unacked_ > 0) out.persist = true;
  unacked_ = 0;  // the server repeats these, and then they are acknowledged as duplicates
  cleanse(exporter_);
  state_ = next;
  trouble_ = why;
}

bool ClientFsm::has_transport() const {
  return state_ >= ClientState::connecting && state_ <= ClientState::live;
}

// -- Time ----------------------------------------------------------------------------------------

void ClientFsm::on_tick(uint64_t now_ms, ClientActions& out) {
  if (now_ms < next_tick_ms()) return;
  switch (state_) {
    case ClientState::waiting:
      state_ = ClientState::connecting;
      deadline_ms_ = now_ms + limits::connect_deadline_ms;
      out.connect = true;
      return;
    case ClientState::connecting:
      return end(Trouble::unreachable, 0, now_ms, out);
    case ClientState::registering:
    case ClientState::opening:
      return end(Trouble::no_answer, 0, now_ms, out);
    case ClientState::live:
      return on_live_tick(now_ms, out);
    case ClientState::idle:
    case ClientState::given_up:
    case ClientState::closed:
      return;
  }
}

void ClientFsm::on_live_tick(uint64_t now_ms, ClientActions& out) {
  if (pong_deadline_ms_ != 0 && now_ms >= pong_deadline_ms_) {
    return end(Trouble::no_answer, 0, now_ms, out);
  }
  if (update_deadline_ms_ != 0 && now_ms >= update_deadline_ms_) {
    update_deadline_ms_ = 0;
    out.update = UpdateEnd::failed;
  }
  if (unacked_ > 0 && now_ms >= ack_at_ms_) send_acks(now_ms, out);
  send_opened(now_ms, out);
  if (now_ms >= ping_at_ms_ && pong_deadline_ms_ == 0) send_ping(now_ms, out);
}

uint64_t ClientFsm::next_tick_ms() const {
  switch (state_) {
    case ClientState::waiting:
    case ClientState::connecting:
    case ClientState::registering:
    case ClientState::opening:
      return deadline_ms_;
    case ClientState::live: {
      uint64_t next_ms = pong_deadline_ms_ != 0 ? pong_deadline_ms_ : ping_at_ms_;
      if (unacked_ > 0) next_ms = std::min(next_ms, ack_at_ms_);
      if (opened_count_ > 0) next_ms = 0;
      if (update_deadline_ms_ != 0) next_ms = std::min(next_ms, update_deadline_ms_);
      return next_ms;
    }
    case ClientState::idle:
    case ClientState::given_up:
    case ClientState::closed:
      return never_ms;
  }
  return never_ms;
}

void ClientFsm::on_radio_active(uint64_t now_ms, ClientActions& out) {
  if (state_ != ClientState::live || pong_deadline_ms_ != 0) return;
  const uint64_t early_ms = uint64_t{heartbeat_s_} * 1000 / 4;
  if (now_ms + early_ms >= ping_at_ms_) send_ping(now_ms, out);
}

// Every Hello carries them: until the session is open, they need only be remembered.
void ClientFsm::on_conditions(uint32_t conditions, uint64_t now_ms, ClientActions& out) {
  if (conditions_ == conditions) return;
  conditions_ = conditions;
  if (state_ == ClientState::live) send_conditions(now_ms, out);
}

void ClientFsm::send_conditions(uint64_t now_ms, ClientActions& out) {
  if (conditions_told_ == conditions_) return;
  must_send(wire::Conditions{conditions_}, now_ms, out);
  conditions_told_ = conditions_;
}

void ClientFsm::on_network_changed(uint64_t now_ms, ClientActions& out) {
  const uint64_t soon_ms = now_ms + prng_.below(limits::network_change_ms_max + 1);
  switch (state_) {
    case ClientState::waiting:
      if (!waits_by_order()) deadline_ms_ = std::min(deadline_ms_, soon_ms);
      return;
    case ClientState::connecting:
    case ClientState::registering:
    case ClientState::opening:
      leave(ClientState::waiting, Trouble::lost, now_ms, out);
      deadline_ms_ = soon_ms;
      return;
    case ClientState::live:
      if (pong_deadline_ms_ == 0) send_ping(now_ms, out);
      return;
    case ClientState::idle:
    case ClientState::given_up:
    case ClientState::closed:
      return;
  }
}

// The server said when to come back: a new network does not override that.
bool ClientFsm::waits_by_order() const {
  return trouble_ == Trouble::going_away || trouble_ == Trouble::replaced ||
         trouble_ == Trouble::unavailable || trouble_ == Trouble::too_many_requests;
}

uint64_t ClientFsm::server_ms(uint64_t now_ms) const {
  return server_offset_ms_ == 0 ? 0 : now_ms + server_offset_ms_;
}

// -- What the server says ------------------------------------------------------------------------

size_t ClientFsm::on_bytes(ByteView in, uint64_t now_ms, ClientActions& out) {
  if (!has_transport() || state_ == ClientState::connecting) return 0;
  wire::FrameView frame;
  size_t used = 0;
  Code code = wire::read_frame(in, limits::server_frame_bytes_max, frame, used);
  if (code == Code::incomplete) return 0;
  if (code == Code::ok) code = take(frame, now_ms, out);
  if (code == Code::ok) return used;
  end(Trouble::bad_server, 0, now_ms, out);
  return 0;
}

Code ClientFsm::take(const wire::FrameView& frame, uint64_t now_ms, ClientActions& out) {
  switch (frame.type) {
    case FrameType::registered:
      return on_registered(frame.body, now_ms, out);
    case FrameType::welcome:
      return on_welcome(frame.body, now_ms, out);
    case FrameType::push:
      return on_push(frame.body, now_ms, out);
    case FrameType::updated:
      return on_updated(frame.body, out);
    case FrameType::go_away:
      return on_go_away(frame.body, now_ms, out);
    case FrameType::error:
      return on_error(frame.body, now_ms, out);
    case FrameType::ping:
      send_byte(FrameType::pong, now_ms, out);
      return Code::ok;
    case FrameType::pong:
      pong_deadline_ms_ = 0;
      return Code::ok;
    case FrameType::reg:
    case FrameType::hello:
    case FrameType::ack:
    case FrameType::opened:
    case FrameType::update:
    case FrameType::conditions:
      return Code::wrong_state;
  }
  return Code::malformed;
}

Code ClientFsm::on_registered(ByteView body, uint64_t now_ms, ClientActions& out) {
  if (state_ != ClientState::registering) return Code::wrong_state;
  wire::Registered registered;
  if (const Code code = wire::decode(body, registered); code != Code::ok) return code;
  identity_.app = registered.app;
  identity_.device = registered.device;
  identity_.key_epoch = registered.key_epoch;
  identity_.attributes_told = fingerprint_of(*options_);
  std::copy(registered.device_secret.begin(), registered.device_secret.end(),
            identity_.device_secret.begin());
  out.persist = true;
  send_hello(now_ms, out);
  return Code::ok;
}

Code ClientFsm::on_welcome(ByteView body, uint64_t now_ms, ClientActions& out) {
  if (state_ != ClientState::opening) return Code::wrong_state;
  wire::Welcome welcome;
  if (const Code code = wire::decode(body, welcome); code != Code::ok) return code;
  const uint32_t advice_s =
      welcome.heartbeat_s == 0 ? limits::heartbeat_s_default : welcome.heartbeat_s;
  heartbeat_s_ = std::clamp(advice_s, limits::heartbeat_s_min, limits::heartbeat_s_max);
  if (welcome.server_time_ms != 0) server_offset_ms_ = welcome.server_time_ms - now_ms;
  out.gateways = welcome.gateways;
  state_ = ClientState::live;
  trouble_ = Trouble::none;
  live_since_ms_ = now_ms;
  note_sent(now_ms);
  send_conditions(now_ms, out);
  if (identity_.attributes_told != fingerprint_of(*options_)) introduce(now_ms, out);
  return Code::ok;
}

Code ClientFsm::on_push(ByteView body, uint64_t now_ms, ClientActions& out) {
  if (state_ != ClientState::live) return Code::wrong_state;
  if (const Code code = wire::decode(body, out.push); code != Code::ok) return code;
  const size_t known = window_.size();
  const size_t age = window_.add(out.push.message);
  out.deliver = age == known && !is_expired(out.push, now_ms);
  const uint32_t spread_ms = std::min(out.push.ack_spread_ms, limits::ack_spread_ms_max);
  const uint64_t ack_at_ms = now_ms + prng_.below(uint64_t{spread_ms} + 1);
  ack_at_ms_ = unacked_ == 0 ? ack_at_ms : std::min(ack_at_ms_, ack_at_ms);
  if (age >= unacked_) ++unacked_;
  if (unacked_ == limits::ack_ids_max) send_acks(now_ms, out);
  // A recall may overtake its message, which must then no longer be shown.
  if (out.push.recalls.value != 0) window_.add_behind(unacked_, out.push.recalls);
  return Code::ok;
}

bool ClientFsm::is_expired(const wire::Push& push, uint64_t now_ms) const {
  return push.expires_at_ms != 0 &&
         server_ms(now_ms) > push.expires_at_ms + limits::expiry_slack_ms;
}

Code ClientFsm::on_updated(ByteView body, ClientActions& out) {
  if (state_ != ClientState::live) return Code::wrong_state;
  wire::Updated updated;
  if (const Code code = wire::decode(body, updated); code != Code::ok) return code;
  if (updated.update_id == introduction_id) {
    settle_introduction(out);
    return Code::ok;
  }
  // An answer after the deadline no longer belongs to any question.
  if (update_deadline_ms_ == 0 || updated.update_id != update_id_) return Code::ok;
  update_deadline_ms_ = 0;
  out.update = UpdateEnd::confirmed;
  return Code::ok;
}

void ClientFsm::settle_introduction(ClientActions& out) {
  identity_.attributes_told = fingerprint_of(*options_);
  out.persist = true;
}

Code ClientFsm::on_go_away(ByteView body, uint64_t now_ms, ClientActions& out) {
  wire::GoAway go_away;
  if (const Code code = wire::decode(body, go_away); code != Code::ok) return code;
  uint64_t wait_ms = std::min(go_away.after_ms, limits::server_wait_ms_max);
  wait_ms += prng_.below(uint64_t{std::min(go_away.window_ms, limits::server_wait_ms_max)} + 1);
  Trouble why = Trouble::going_away;
  switch (go_away.reason) {
    case wire::GoAway::Reason::unspecified:
    case wire::GoAway::Reason::draining:
      break;
    case wire::GoAway::Reason::slow:
      why = Trouble::slow;
      break;
    case wire::GoAway::Reason::idle:
      why = Trouble::idle;
      break;
    case wire::GoAway::Reason::replaced:
      // Two copies of one identity would throw each other out forever: be slow about it.
      why = Trouble::replaced;
      wait_ms += limits::reconnect_cap_ms / 2 + prng_.below(limits::reconnect_cap_ms / 2);
      break;
  }
  if (state_ == ClientState::live) send_acks(now_ms, out);
  out.gateways = go_away.gateways;
  end(why, wait_ms, now_ms, out);
  return Code::ok;
}

Code ClientFsm::on_error(ByteView body, uint64_t now_ms, ClientActions& out) {
  wire::Error error;
  if (const Code code = wire::decode(body, error); code != Code::ok) return code;
  out.error_text = error.message;
  obey_error(error, now_ms, out);
  return Code::ok;
}

void ClientFsm::obey_error(const wire::Error& error, uint64_t now_ms, ClientActions& out) {
  using Reason = wire::Error::Reason;
  const uint64_t wait_ms = std::min(error.retry_after_ms, limits::server_wait_ms_max);
  Trouble why = Trouble::refused;
  switch (error.reason) {
    case Reason::unspecified:
    case Reason::bad_frame:
    case Reason::too_large:
      break;
    case Reason::timed_out:
      why = Trouble::no_answer;
      break;
    case Reason::unavailable:
      why = Trouble::unavailable;
      break;
    case Reason::too_many_requests:
      why = Trouble::too_many_requests;
      break;
    case Reason::unknown_app:
      return leave(ClientState::given_up, Trouble::unknown_app, now_ms, out);
    case Reason::bad_argument:
      if (state_ == ClientState::registering) {
        return leave(ClientState::given_up, Trouble::bad_argument, now_ms, out);
      }
      // Do not repeat it again and again, unless it was the app's own update that was refused.
      if (state_ == ClientState::live && update_deadline_ms_ == 0) settle_introduction(out);
      why = Trouble::bad_argument;
      break;
    case Reason::unauthenticated:
      why = Trouble::unauthenticated;
      break;
    case Reason::expired:
      why = Trouble::expired;
      break;
    case Reason::unknown_device:
      why = Trouble::unknown_device;
      break;
  }
  const bool identity_is_void =
      why == Trouble::unauthenticated || why == Trouble::expired || why == Trouble::unknown_device;
  if (identity_is_void) {
    identity_.app = {};
    cleanse(identity_.device_secret);
    out.persist = true;
  }
  end(why, wait_ms, now_ms, out);
}

// -- What the device says ------------------------------------------------------------------------

// Both templates are kept to one call: each is instantiated once per message.
template <typename Message>
Code ClientFsm::send(const Message& message, uint64_t now_ms, ClientActions& out) {
  size_t used = 0;
  const Code code = wire::write_message(message, out.send_buffer.subspan(out.send_bytes), used);
  return on_written(code, used, now_ms, out);
}

// For messages whose own bounds make them fit in send_bytes_min.
template <typename Message>
void ClientFsm::must_send(const Message& message, uint64_t now_ms, ClientActions& out) {
  check_ok(send(message, now_ms, out));
}

Code ClientFsm::on_written(Code code, size_t bytes, uint64_t now_ms, ClientActions& out) {
  if (code != Code::ok) return code;
  out.send_bytes += bytes;
  note_sent(now_ms);
  return Code::ok;
}

void ClientFsm::send_register(uint64_t now_ms, ClientActions& out) {
  wire::Register message;
  message.app = options_->app;
  message.registration_key = options_->registration_key;
  message.install_nonce = identity_.install_nonce;
  message.platform = options_->platform;
  message.app_version = options_->app_version;
  for (size_t i = 0; i < attributes; ++i) {
    message.*attribute_rules[i].in_register = options_->attributes[i];
  }
  bool fits = true;
  for (const std::string_view tag : options_->tags) fits = message.tags.push_back(tag) && fits;
  if (!fits || send(message, now_ms, out) != Code::ok) {
    out.send_bytes = 0;
    return leave(ClientState::given_up, Trouble::too_large, now_ms, out);
  }
  out.persist = true;  // the nonce decides the device id: it must not be lost after this
  state_ = ClientState::registering;
  deadline_ms_ = now_ms + limits::answer_deadline_ms;
}

// What the server knows about this device is, or may be, out of date. Sent in each session until it
// is confirmed.
void ClientFsm::introduce(uint64_t now_ms, ClientActions& out) {
  wire::Update message;
  message.update_id = introduction_id;
  if (!options_->app_version.empty()) message.app_version = options_->app_version;
  for (size_t i = 0; i < attributes; ++i) {
    const std::string_view text = options_->attributes[i];
    if (!text.empty()) message.*attribute_rules[i].in_update = text;
  }
  must_send(message, now_ms, out);
}

void ClientFsm::send_hello(uint64_t now_ms, ClientActions& out) {
  const wire::HelloMac mac = wire::hello_mac(identity_.device_secret, exporter_, identity_.app,
                                             identity_.key_epoch, identity_.device);
  cleanse(exporter_);
  wire::Hello message;
  message.app = identity_.app;
  message.device = identity_.device;
  message.key_epoch = identity_.key_epoch;
  message.mac = mac;
  message.heartbeat_s = options_->heartbeat_s;
  message.conditions = conditions_;
  conditions_told_ = conditions_;
  must_send(message, now_ms, out);
  state_ = ClientState::opening;
  deadline_ms_ = now_ms + limits::answer_deadline_ms;
}

void ClientFsm::send_ping(uint64_t now_ms, ClientActions& out) {
  send_byte(FrameType::ping, now_ms, out);
  pong_deadline_ms_ = now_ms + limits::answer_deadline_ms;
}

void ClientFsm::send_byte(FrameType type, uint64_t now_ms, ClientActions& out) {
  TOCSIN_CHECK(out.send_bytes < out.send_buffer.size());
  out.send_buffer[out.send_bytes++] = static_cast<uint8_t>(type);
  note_sent(now_ms);
}

// Anything sent is a sign of life; the next beat comes up to a tenth early, so that devices do not
// fall into step.
void ClientFsm::note_sent(uint64_t now_ms) {
  const uint64_t heartbeat_ms = uint64_t{heartbeat_s_} * 1000;
  ping_at_ms_ = now_ms + heartbeat_ms - prng_.below(heartbeat_ms / 10);
}

void ClientFsm::send_acks(uint64_t now_ms, ClientActions& out) {
  if (unacked_ == 0) return;
  wire::Ack message;
  for (size_t age = unacked_; age > 0; --age) message.messages.push_back(window_.newest(age - 1));
  must_send(message, now_ms, out);
  unacked_ = 0;
  out.persist = true;
}

void ClientFsm::send_opened(uint64_t now_ms, ClientActions& out) {
  if (opened_count_ == 0) return;
  wire::Opened message;
  for (size_t i = 0; i < opened_count_; ++i) message.messages.push_back(opened_[i]);
  must_send(message, now_ms, out);
  opened_count_ = 0;
}

Code ClientFsm::opened(MessageId id, uint64_t now_ms, ClientActions& out) {
  if (id.value == 0) return Code::malformed;
  if (opened_count_ == opened_.size()) return Code::overloaded;
  opened_[opened_count_++] = id;
  if (state_ == ClientState::live) send_opened(now_ms, out);
  return Code::ok;
}

Code ClientFsm::update(wire::Update& change, uint64_t now_ms, ClientActions& out) {
  if (state_ != ClientState::live) return Code::wrong_state;
  if (update_deadline_ms_ != 0) return Code::overloaded;
  const size_t tags = change.add_tags.size() + change.remove_tags.size();
  if (tags > limits::tags_per_frame_max) return Code::too_large;
  change.update_id = update_id_ + 1;
  if (const Code code = send(change, now_ms, out); code != Code::ok) return code;
  ++update_id_;
  update_deadline_ms_ = now_ms + limits::answer_deadline_ms;
  return Code::ok;
}

}  // namespace tocsin::sdk_client
