#include "sdk_client/client.h"

#include <algorithm>
#include <array>

#include "sdk_client/attribute.h"
#include "sdk_client/state_blob.h"
#include "wire/conditions.h"
#include "wire/tag.h"

namespace tocsin::sdk_client {
namespace {

tocsin_status status_of(wire::Code code) {
  switch (code) {
    case wire::Code::ok:
      return TOCSIN_OK;
    case wire::Code::wrong_state:
      return TOCSIN_NOT_CONNECTED;
    case wire::Code::overloaded:
      return TOCSIN_BUSY;
    case wire::Code::too_large:
      return TOCSIN_NO_ROOM;
    default:
      return TOCSIN_INVALID;
  }
}

}  // namespace

// -- Calls of the app ----------------------------------------------------------------------------

tocsin_status Client::step(uint64_t now_ms, uint32_t& wait_ms) {
  if (depth_ > 0) return TOCSIN_BUSY;
  ++depth_;
  save_failed_ = false;
  if (fsm_.state() == ClientState::idle) fsm_.start(now_ms);
  connect_on(now_ms);
  const bool more = receive(now_ms);
  if (has_room()) {
    ClientActions out = actions();
    fsm_.on_tick(now_ms, out);
    obey(out, now_ms);
  }
  --depth_;
  finish(now_ms);
  wait_ms = more ? 0 : this->wait_ms(now_ms);
  return save_failed_ ? TOCSIN_FAILED : TOCSIN_OK;
}

tocsin_status Client::opened(uint64_t now_ms, uint64_t message_id) {
  if (!has_room()) return TOCSIN_BUSY;
  ClientActions out = actions();
  const wire::Code code = fsm_.opened(MessageId{message_id}, now_ms, out);
  conclude(out, now_ms);
  return status_of(code);
}

tocsin_status Client::change_tags(uint64_t now_ms, std::span<const tocsin_text> tags, bool add) {
  if (tags.empty() || tags.size() > limits::tags_per_frame_max) return TOCSIN_INVALID;
  wire::Update change;
  wire::TagList& list = add ? change.add_tags : change.remove_tags;
  for (const tocsin_text& text : tags) {
    const std::string_view tag(text.data, text.size);
    if (!wire::is_tag(tag)) return TOCSIN_INVALID;
    list.push_back(tag);
  }
  return update(change, now_ms);
}

tocsin_status Client::set_attribute(uint64_t now_ms, tocsin_attribute attribute,
                                    std::string_view text) {
  static_assert(TOCSIN_ATTRIBUTE_ALIAS - 1 == static_cast<int>(Attribute::alias));
  static_assert(TOCSIN_ATTRIBUTE_TIME_ZONE - 1 == static_cast<int>(Attribute::time_zone));
  const size_t index = static_cast<size_t>(attribute) - TOCSIN_ATTRIBUTE_ALIAS;
  if (index >= TOCSIN_ATTRIBUTE_TIME_ZONE) return TOCSIN_INVALID;
  const AttributeRule& rule = attribute_rules[index];
  if (!is_attribute(text, rule.bytes_max)) return TOCSIN_INVALID;
  wire::Update change;
  change.*rule.in_update = text;
  return update(change, now_ms);
}

tocsin_status Client::update(wire::Update& change, uint64_t now_ms) {
  ClientActions out = actions();
  const bool was_empty = to_send_bytes_ == 0;
  const wire::Code code = fsm_.update(change, now_ms, out);
  conclude(out, now_ms);
  if (code == wire::Code::too_large && !was_empty) return TOCSIN_BUSY;  // room comes with sending
  return status_of(code);
}

void Client::radio_active(uint64_t now_ms) {
  if (!has_room()) return;
  ClientActions out = actions();
  fsm_.on_radio_active(now_ms, out);
  conclude(out, now_ms);
}

void Client::network_changed(uint64_t now_ms) {
  if (!has_room()) return;
  ClientActions out = actions();
  fsm_.on_network_changed(now_ms, out);
  conclude(out, now_ms);
}

tocsin_status Client::set_conditions(uint64_t now_ms, uint32_t conditions) {
  if ((conditions & ~wire::all_conditions) != 0) return TOCSIN_INVALID;
  if (!has_room()) return TOCSIN_BUSY;
  ClientActions out = actions();
  fsm_.on_conditions(conditions, now_ms, out);
  conclude(out, now_ms);
  return TOCSIN_OK;
}

void Client::close(uint64_t now_ms) {
  close_asked_ = true;
  finish(now_ms);
}

void Client::restart(uint64_t now_ms) {
  restart_asked_ = true;
  finish(now_ms);
}

void Client::conclude(const ClientActions& out, uint64_t now_ms) {
  obey(out, now_ms);
  finish(now_ms);
}

// The end of an outermost call: nothing of ours is left on the stack.
void Client::finish(uint64_t now_ms) {
  if (depth_ > 0) return;
  flush(now_ms);
  if (close_asked_) {
    close_asked_ = false;
    // Without room for the last acknowledgements, they are left to the next session.
    if (!has_room()) to_send_bytes_ = 0;
    ClientActions out = actions();
    fsm_.close(now_ms, out);
    obey(out, now_ms);
  }
  if (restart_asked_) {
    restart_asked_ = false;
    fsm_.start(now_ms);
    notify_state({});
  }
}

// -- Obeying the protocol ------------------------------------------------------------------------

void Client::obey(const ClientActions& out, uint64_t now_ms) {
  ++depth_;
  if (out.send_bytes > 0 && to_send_bytes_ == 0) stalled_since_ms_ = now_ms;
  to_send_bytes_ += out.send_bytes;
  if (out.deliver) deliver(out.push);
  if (out.persist) save();
  if (!out.gateways.empty()) name_gateways(out.gateways);
  if (out.close) {
    flush(now_ms);
    close_transport();
  }
  if (out.update != UpdateEnd::none && handlers_.on_updated != nullptr) {
    handlers_.on_updated(handlers_.context, reinterpret_cast<tocsin_client*>(this),
                         out.update == UpdateEnd::confirmed);
  }
  notify_state(out.error_text);
  if (out.connect) open_transport(now_ms);
  --depth_;
}

void Client::deliver(const wire::Push& push) {
  if (push.recalls.value != 0) {
    if (handlers_.on_recall == nullptr) return;
    return handlers_.on_recall(handlers_.context, reinterpret_cast<tocsin_client*>(this),
                               push.recalls.value);
  }
  tocsin_push view{};
  view.message_id = push.message.value;
  view.priority = static_cast<tocsin_priority>(push.priority);
  view.sent_at_ms = push.sent_at_ms;
  view.expires_at_ms = push.expires_at_ms;
  view.title = push.title.data();
  view.title_size = push.title.size();
  view.body = push.body.data();
  view.body_size = push.body.size();
  view.data_count = push.data.size();
  view.internal = &push;
  view.collapse_key = push.collapse_key.data();
  view.collapse_key_size = push.collapse_key.size();
  handlers_.on_push(handlers_.context, reinterpret_cast<tocsin_client*>(this), &view);
}

void Client::save() {
  if (store_.save == nullptr) return;
  const size_t bytes = write_state_blob(fsm_.identity(), fsm_.window(), blob_);
  if (store_.save(store_.context, blob_.data(), bytes) != TOCSIN_OK) save_failed_ = true;
  cleanse(blob_.first(bytes));
}

void Client::name_gateways(const wire::GatewayList& gateways) {
  if (transport_.gateways == nullptr) return;
  std::array<tocsin_text, limits::gateways_hint_max> texts;
  for (size_t i = 0; i < gateways.size(); ++i) texts[i] = {gateways[i].data(), gateways[i].size()};
  transport_.gateways(transport_.context, texts.data(), gateways.size());
}

void Client::notify_state(std::string_view text) {
  if (fsm_.state() == state_told_ && fsm_.trouble() == trouble_told_ && text.empty()) return;
  state_told_ = fsm_.state();
  trouble_told_ = fsm_.trouble();
  if (handlers_.on_state == nullptr) return;
  ++depth_;
  handlers_.on_state(handlers_.context, reinterpret_cast<tocsin_client*>(this),
                     static_cast<tocsin_state>(state_told_),
                     static_cast<tocsin_trouble>(trouble_told_), text.data(), text.size());
  --depth_;
}

// -- The transport -------------------------------------------------------------------------------

bool Client::is_connected() const {
  return fsm_.state() >= ClientState::registering && fsm_.state() <= ClientState::live;
}

void Client::open_transport(uint64_t now_ms) {
  received_bytes_ = 0;
  to_send_bytes_ = 0;
  if (transport_.open(transport_.context, fsm_.attempts()) != TOCSIN_OK) lose(now_ms);
}

void Client::close_transport() {
  transport_.close(transport_.context);
  transport_is_up_ = false;
  received_bytes_ = 0;
  to_send_bytes_ = 0;
}

void Client::connect_on(uint64_t now_ms) {
  if (fsm_.state() != ClientState::connecting) return;
  wire::Exporter exporter{};
  const tocsin_status status = transport_.ready(transport_.context, exporter.data());
  if (status == TOCSIN_PENDING) return;
  if (status != TOCSIN_OK) return lose(now_ms);
  transport_is_up_ = true;
  ClientActions out = actions();
  fsm_.on_connected(exporter, now_ms, out);
  cleanse(exporter);
  obey(out, now_ms);
}

void Client::lose(uint64_t now_ms) {
  close_transport();
  ClientActions out = actions();
  fsm_.on_closed(now_ms, out);
  obey(out, now_ms);
}

// True when the burst is used up and more may be waiting.
bool Client::receive(uint64_t now_ms) {
  size_t burst_bytes = 0;
  while (is_connected()) {
    take_received(now_ms);
    if (!is_connected() || !has_room()) return false;
    if (burst_bytes >= limits::read_burst_bytes_max) return true;
    size_t bytes = 0;
    const MutableBytes free = received_.subspan(received_bytes_);
    const tocsin_status status =
        transport_.receive(transport_.context, free.data(), free.size(), &bytes);
    if (status == TOCSIN_PENDING) return false;
    if (status != TOCSIN_OK || bytes == 0 || bytes > free.size()) {
      lose(now_ms);
      return false;
    }
    received_bytes_ += bytes;
    burst_bytes += bytes;
  }
  return false;
}

void Client::take_received(uint64_t now_ms) {
  size_t at = 0;
  while (has_room() && at < received_bytes_) {
    ClientActions out = actions();
    const size_t used = fsm_.on_bytes(received_.first(received_bytes_).subspan(at), now_ms, out);
    obey(out, now_ms);
    if (!is_connected()) return;  // close_transport() has emptied the buffers
    if (used == 0) break;
    at += used;
  }
  std::copy(received_.begin() + at, received_.begin() + received_bytes_, received_.begin());
  received_bytes_ -= at;
}

void Client::flush(uint64_t now_ms) {
  size_t at = 0;
  tocsin_status status = TOCSIN_OK;
  while (transport_is_up_ && at < to_send_bytes_) {
    size_t bytes = 0;
    status = transport_.send(transport_.context, to_send_.data() + at, to_send_bytes_ - at, &bytes);
    if (status != TOCSIN_OK || bytes == 0) break;
    at += std::min(bytes, to_send_bytes_ - at);
    stalled_since_ms_ = now_ms;
  }
  std::copy(to_send_.begin() + at, to_send_.begin() + to_send_bytes_, to_send_.begin());
  to_send_bytes_ -= at;
  const bool stalled =
      to_send_bytes_ > 0 && now_ms - stalled_since_ms_ >= limits::answer_deadline_ms;
  if (transport_is_up_ && (stalled || (status != TOCSIN_OK && status != TOCSIN_PENDING))) {
    lose(now_ms);
  }
}

uint32_t Client::wait_ms(uint64_t now_ms) const {
  const uint64_t stalled_ms = stalled_since_ms_ + limits::answer_deadline_ms;
  uint64_t next_ms = has_room() ? fsm_.next_tick_ms() : stalled_ms;
  if (to_send_bytes_ > 0) next_ms = std::min(next_ms, stalled_ms);
  const uint64_t wait_ms = next_ms > now_ms ? next_ms - now_ms : 0;
  return static_cast<uint32_t>(std::min<uint64_t>(wait_ms, UINT32_MAX));
}

}  // namespace tocsin::sdk_client
