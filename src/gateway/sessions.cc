#include "gateway/sessions.h"

#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "gateway/device_records.h"
#include "runtime/log.h"
#include "wire/conditions.h"

namespace tocsin::gateway {
namespace {
using Reason = wire::Error::Reason;

static_assert(limits::heartbeat_s_max * 3 / 2 < 4096, "a deadline must fit in the wheel");

// A device that acknowledges nothing at TCP level for this long is gone; without this a dead peer
// holds pushes in kernel memory until TCP gives up after a quarter of an hour.
constexpr unsigned unacknowledged_ms_max = 30'000;

uint32_t seconds_of(uint32_t ms) { return std::max<uint32_t>(1, (ms + 999) / 1000); }

// Silence after which a device counts as gone.
uint32_t silence_s_max(const Slot& slot) { return slot.heartbeat_s * 3u / 2u + 1; }

}  // namespace

Sessions::Sessions(const Options& options, runtime::Shard& shard, cluster::Log& log,
                   cluster::Bus& bus, AudienceIndex& audience, Lanes& lanes)
    : options_(options),
      shard_(shard),
      log_(log),
      audience_(audience),
      lanes_(lanes),
      link_(bus),
      table_(options.connections_max),
      connections_(runtime::gauge("tocsin_connections", "Device connections")),
      refused_(runtime::counter("tocsin_connections_refused_total",
                                "Connections ended because of what the device sent")),
      slow_(runtime::counter("tocsin_connections_slow_total",
                             "Connections ended because the device did not read")) {}

Sessions::~Sessions() {
  for (uint32_t i = 0; i < table_.high_water(); ++i) {
    if (!table_[i].is_free()) ::close(table_[i].fd);
  }
}

void Sessions::adopt(runtime::Handshaken connection) {
  const uint32_t index = table_.take(connection.socket.fd());
  if (index == TimerWheel::none) return on_closing_(connection.socket.fd());
  connections_.add(1);
  Slot& slot = table_[index];
  slot.fd = connection.socket.release();
  slot.tls = std::move(connection.session);
  slot.aux = std::make_unique<Aux>();
  slot.aux->exporter = std::make_unique<wire::Exporter>(connection.exporter);
  setsockopt(slot.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms_max,
             sizeof unacknowledged_ms_max);
  set_deadline(index, seconds_of(options_.hello_deadline_ms));
  if (!io_.watch(index, slot)) {
    close(index);
    return;
  }
  if (connection.early_input.empty()) return;
  plain_.clear();
  on_input(index, io_.take(index, slot, connection.early_input, plain_));
}

void Sessions::serve_ready() {
  std::array<SocketIo::Event, 256> events;
  const size_t count = io_.poll(events);
  for (size_t i = 0; i < count; ++i) on_event(events[i]);
  link_.flush();
}

void Sessions::on_event(const SocketIo::Event& event) {
  Slot* slot = table_.find(event.index, event.generation);
  if (slot == nullptr) return;
  if (event.broken) return on_broken(event, *slot);
  if (event.writable) {
    const SocketIo::SendEnd end = io_.flush(event.index, *slot);
    if (end == SocketIo::SendEnd::broken) return close(event.index);
    if (end == SocketIo::SendEnd::sent && slot->closing) finish_close(event.index);
  }
  if (!event.readable) return;
  if (slot->closing) {
    if (!io_.discard(*slot)) close(event.index);
    return;
  }
  plain_.clear();
  on_input(event.index, io_.read(event.index, *slot, plain_));
}

void Sessions::on_broken(const SocketIo::Event& event, Slot& slot) {
  if (event.readable && !slot.closing) {  // acknowledgements that arrived before the reset
    plain_.clear();
    on_input(event.index, io_.read(event.index, slot, plain_));
  }
  if (table_.find(event.index, event.generation) != nullptr) close(event.index);
}

void Sessions::on_input(uint32_t index, SocketIo::ReadResult result) {
  if (!plain_.empty() && !on_frames(index)) return;
  if (result.end == SocketIo::ReadEnd::peer_closed) {
    io_.send_alert(index, table_[index], wire::TlsAlert::close_notify);
    close(index);
  } else if (result.end == SocketIo::ReadEnd::failed) {
    refused_.add();
    begin_close(index, {}, result.alert);
  }
}

bool Sessions::on_frames(uint32_t index) {
  Slot& slot = table_[index];
  if (slot.aux != nullptr && !slot.aux->unparsed.empty()) {
    plain_.insert(plain_.begin(), slot.aux->unparsed.begin(), slot.aux->unparsed.end());
    slot.aux->unparsed = Bytes();
  }
  slot.last_heard_s = wheel_.now();
  replies_.clear();
  size_t at = on_preface(index);
  while (!slot.closing && slot.session.state() != SessionFsm::State::await_preface) {
    wire::FrameView frame;
    size_t used = 0;
    const wire::Code code =
        wire::read_frame(ByteView(plain_).subspan(at), limits::device_frame_bytes_max, frame, used);
    if (code == wire::Code::incomplete) break;
    if (code != wire::Code::ok) {
      const bool too_large = code == wire::Code::too_large;
      refuse(index, too_large ? Reason::too_large : Reason::bad_frame,
             too_large ? "a frame's body is at most 8192 bytes" : "not a frame of tocsin/1");
      return false;
    }
    at += used;
    obey(index, slot.session.on_frame(frame, wheel_.now()));
  }
  if (slot.is_free() || slot.closing) return false;
  if (!replies_.empty()) push(index, slot, replies_);
  if (slot.is_free()) return false;
  if (at < plain_.size()) {
    if (slot.aux == nullptr) slot.aux = std::make_unique<Aux>();
    slot.aux->unparsed.assign(plain_.begin() + static_cast<ptrdiff_t>(at), plain_.end());
  } else if (slot.aux != nullptr && slot.aux->empty()) {
    slot.aux = nullptr;
  }
  return true;
}

size_t Sessions::on_preface(uint32_t index) {
  Slot& slot = table_[index];
  if (slot.session.state() != SessionFsm::State::await_preface) return 0;
  if (plain_.size() < wire::preface.size()) return 0;
  obey(index, slot.session.on_preface(ByteView(plain_).first(wire::preface.size())));
  return wire::preface.size();
}

void Sessions::obey(uint32_t index, const Action& action) {
  if (std::holds_alternative<action::SendPong>(action)) {
    wire::append_frame(wire::FrameType::pong, replies_);
  } else if (const auto* request = std::get_if<action::Register>(&action)) {
    obey_register(index, request->request);
  } else if (const auto* hello = std::get_if<action::VerifyHello>(&action)) {
    obey_hello(index, hello->hello);
  } else if (const auto* delivered = std::get_if<action::Delivered>(&action)) {
    obey_acknowledged(index, delivered->messages, false);
  } else if (const auto* opened = std::get_if<action::Opened>(&action)) {
    obey_acknowledged(index, opened->messages, true);
  } else if (const auto* change = std::get_if<action::ChangeTags>(&action)) {
    obey_change_tags(index, change->update);
  } else if (const auto* now = std::get_if<action::ChangeConditions>(&action)) {
    obey_conditions(index, now->conditions);
  } else if (const auto* refusal = std::get_if<action::Refuse>(&action)) {
    refuse(index, refusal->reason, refusal->text);
  }
}

void Sessions::obey_register(uint32_t index, const wire::Register& request) {
  const cluster::AppConfig* app = nullptr;
  if (apps_ == nullptr) return refuse(index, Reason::unavailable, "starting up", 1000);
  if (const Verdict verdict = judge_register(request, *apps_, &app); !verdict.ok()) {
    return refuse(index, verdict.reason, verdict.text);
  }
  const DeviceId device = wire::derive_device_id(app->device_master_secret, request.install_nonce);
  log_.append(record_of(request, app->id, device, wall_ms()),
              [this, session = ref_of(index), app = app->id,
               device](absl::StatusOr<cluster::Position> position) {
                shard_.post([this, session, app, device, position = std::move(position)] {
                  on_registered(session, app, device, position);
                });
              });
}

void Sessions::on_registered(cluster::SessionRef session, AppId app, DeviceId device,
                             absl::StatusOr<cluster::Position> position) {
  Slot* slot = find(session);
  if (slot == nullptr || slot->closing) return;
  const cluster::AppConfig* config = apps_->find(app);
  if (!position.ok() || config == nullptr) {
    runtime::log_warning("gateway: cannot register a device: {}", position.status().ToString());
    return refuse(session.slot, Reason::unavailable, "cannot store the registration now", 5000);
  }
  slot->session.on_registered();
  wire::Secret secret =
      wire::derive_device_secret(config->device_master_secret, device, config->key_epoch);
  Bytes frame;
  const wire::Code code =
      wire::append_message(wire::Registered{app, device, secret, config->key_epoch}, frame);
  TOCSIN_CHECK(code == wire::Code::ok);
  push(session.slot, *slot, frame);
  cleanse(secret);
  cleanse(frame);
}

void Sessions::obey_hello(uint32_t index, const wire::Hello& hello) {
  Slot& slot = table_[index];
  if (apps_ == nullptr) return refuse(index, Reason::unavailable, "starting up", 1000);
  if (const Verdict verdict = judge_hello(hello, *slot.aux->exporter, *apps_); !verdict.ok()) {
    return refuse(index, verdict.reason, verdict.text);
  }
  slot.session.on_verified();
  slot.aux->exporter = nullptr;
  slot.app = hello.app;
  slot.device = hello.device;
  const uint32_t asked_s = hello.heartbeat_s == 0 ? options_.heartbeat_s : hello.heartbeat_s;
  slot.heartbeat_s =
      static_cast<uint16_t>(std::clamp(asked_s, limits::heartbeat_s_min, limits::heartbeat_s_max));
  set_deadline(index, grant_s_max);

  wire::Welcome welcome{
      .server_time_ms = wall_ms(), .heartbeat_s = slot.heartbeat_s, .gateways = {}};
  for (const std::string& hint : options_.gateway_hints) welcome.gateways.push_back(hint);
  TOCSIN_CHECK(wire::append_message(welcome, replies_) == wire::Code::ok);
  slot.conditions = hello.conditions & wire::all_conditions;
  slot.conditions_untold = 0;
  link_.opened({ref_of(index), slot.app, slot.device, slot.conditions});
}

// Bits of a newer device that mean nothing here are dropped.
void Sessions::obey_conditions(uint32_t index, uint32_t conditions) {
  Slot& slot = table_[index];
  const uint8_t before = slot.conditions;
  slot.conditions = conditions & wire::all_conditions;
  if (slot.conditions == before) return;
  // Before the grant, storage has no session that could have conditions; grant() tells it then.
  if (slot.session.state() != SessionFsm::State::live) {
    slot.conditions_untold = 1;
    return;
  }
  tell_conditions(index, slot);
}

void Sessions::tell_conditions(uint32_t index, const Slot& slot) {
  const DeviceRef device{partition_of(slot.device), slot.ordinal};
  link_.conditions({ref_of(index), device, slot.app, slot.conditions});
}

void Sessions::obey_acknowledged(uint32_t index, const wire::MessageIdList& messages, bool opened) {
  Slot& slot = table_[index];
  if (slot.session.state() == SessionFsm::State::live) {
    for (const MessageId message : messages) acknowledge(index, message, opened);
    return;
  }
  if (slot.aux == nullptr) slot.aux = std::make_unique<Aux>();
  for (const MessageId message : messages) {
    if (slot.aux->early_acks.size() == limits::early_acks_max) return;
    slot.aux->early_acks.push_back({message, opened});
  }
}

void Sessions::acknowledge(uint32_t index, MessageId message, bool opened) {
  const Slot& slot = table_[index];
  const DeviceRef device{partition_of(slot.device), slot.ordinal};
  link_.acknowledged({ref_of(index), device, message, slot.app, opened});
}

void Sessions::obey_change_tags(uint32_t index, const wire::Update& update) {
  const Slot& slot = table_[index];
  if (!are_tags(update.add_tags) || !are_tags(update.remove_tags)) {
    return refuse(index, Reason::bad_argument,
                  "a tag is 1 to 64 bytes of letters, digits, _ . : -");
  }
  if (audience_.tags_after(slot, update.add_tags, update.remove_tags) >
      limits::tags_per_device_max) {
    return refuse(index, Reason::bad_argument, "a device has at most 64 tags: remove some first");
  }
  log_.append(record_of(update, slot.app, slot.device),
              [this, session = ref_of(index), id = update.update_id,
               takes_away = !update.remove_tags.empty()](auto position) {
                shard_.post([this, session, id, takes_away, position = std::move(position)] {
                  on_stored(session, id, takes_away, position);
                });
              });
}

// A device that is told a tag is gone gets nothing more for it. The tags a session has here are
// storage's word, which lags behind the log and arrives in log order, so an Update that removes
// tags is confirmed only once storage's word has got that far.
void Sessions::on_stored(cluster::SessionRef session, uint32_t update_id, bool takes_away,
                         absl::StatusOr<cluster::Position> position) {
  Slot* slot = find(session);
  if (slot == nullptr || slot->closing) return;
  if (!position.ok()) {
    return refuse(session.slot, Reason::unavailable, "cannot store the change now", 5000);
  }
  if (takes_away && slot->tags_as_of < *position) {
    if (slot->aux == nullptr) slot->aux = std::make_unique<Aux>();
    auto& unconfirmed = slot->aux->unconfirmed;
    if (unconfirmed.size() == limits::updates_unconfirmed_max) return;
    return unconfirmed.push_back({*position, update_id});
  }
  Bytes frame;
  TOCSIN_CHECK(wire::append_message(wire::Updated{update_id}, frame) == wire::Code::ok);
  push(session.slot, *slot, frame);
}

Slot* Sessions::find(const cluster::SessionRef& session) {
  return table_.find(session.slot, session.generation);
}

void Sessions::grant(Slot& slot, uint32_t index, const cluster::SessionGrant& grant) {
  slot.session.on_granted();
  slot.ordinal = grant.device.ordinal;
  slot.draining = grant.replay.more;
  slot.tags_as_of = grant.replay.as_of;
  audience_.add(index, slot, grant.tags);
  set_deadline(index, silence_s_max(slot));
  if (slot.conditions_untold) tell_conditions(index, slot);
  slot.conditions_untold = 0;
  if (slot.aux == nullptr) return;
  const auto early_acks = std::exchange(slot.aux->early_acks, {});
  for (const Aux::EarlyAck& ack : early_acks) acknowledge(index, ack.message, ack.opened);
  if (slot.aux->empty()) slot.aux = nullptr;
}

void Sessions::set_tags(Slot& slot, const cluster::SessionTags& tags) {
  slot.tags_as_of = tags.as_of;
  audience_.set_tags(tags.session.slot, slot, tags.tags);
  confirm_updates(tags.session.slot, slot);
}

void Sessions::confirm_updates(uint32_t index, Slot& slot) {
  if (slot.aux == nullptr || slot.closing) return;
  Bytes frames;
  std::erase_if(slot.aux->unconfirmed, [&](const Aux::StoredUpdate& update) {
    if (update.position > slot.tags_as_of) return false;
    const wire::Code code = wire::append_message(wire::Updated{update.update_id}, frames);
    TOCSIN_CHECK(code == wire::Code::ok);
    return true;
  });
  if (slot.aux->empty()) slot.aux = nullptr;
  if (!frames.empty()) push(index, slot, frames);
}

void Sessions::revoke(const cluster::SessionRevoked& revoked) {
  Slot* slot = find(revoked.session);
  if (slot == nullptr || slot->closing) return;
  if (revoked.why == cluster::SessionRevoked::Why::replaced) {
    return send_away(revoked.session.slot, wire::GoAway::Reason::replaced, 60'000, 60'000);
  }
  refuse(revoked.session.slot, Reason::unknown_device, "this device was deleted: register again");
}

void Sessions::refuse_grant(const cluster::SessionGrant& grant) {
  link_.closed({grant.replay.session, grant.device});
}

void Sessions::push(uint32_t index, Slot& slot, ByteView frame) {
  after_push(index, io_.send(index, slot, frame));
}

void Sessions::push_to_all(std::span<const uint32_t> indices, ByteView frame) {
  std::array<SocketIo::SendEnd, SocketIo::batch_max> ends;
  io_.send_batch(table_, indices, frame, std::span(ends).first(indices.size()));
  for (size_t i = 0; i < indices.size(); ++i) after_push(indices[i], ends[i]);
}

void Sessions::after_push(uint32_t index, SocketIo::SendEnd end) {
  if (end == SocketIo::SendEnd::slow) slow_.add();
  if (end == SocketIo::SendEnd::slow || end == SocketIo::SendEnd::broken) close(index);
}

void Sessions::send_away(uint32_t index, wire::GoAway::Reason reason, uint32_t after_ms,
                         uint32_t window_ms) {
  wire::GoAway frame{
      .reason = reason, .after_ms = after_ms, .window_ms = window_ms, .gateways = {}};
  for (const std::string& hint : options_.gateway_hints) frame.gateways.push_back(hint);
  Bytes bytes;
  TOCSIN_CHECK(wire::append_message(frame, bytes) == wire::Code::ok);
  begin_close(index, bytes, wire::TlsAlert::close_notify);
}

void Sessions::drain() {
  for (uint32_t i = 0; i < table_.high_water(); ++i) {
    if (table_[i].is_free() || table_[i].closing) continue;
    send_away(i, wire::GoAway::Reason::draining, 0, options_.drain_window_ms);
  }
  link_.flush();
}

void Sessions::refuse(uint32_t index, Reason reason, std::string_view text,
                      uint32_t retry_after_ms) {
  refused_.add();
  runtime::log_debug("gateway: refusing a connection: {}", text);
  Bytes frame;
  TOCSIN_CHECK(wire::append_message(wire::Error{reason, text, retry_after_ms}, frame) ==
               wire::Code::ok);
  begin_close(index, frame, wire::TlsAlert::close_notify);
}

void Sessions::begin_close(uint32_t index, ByteView last_frames, wire::TlsAlert alert) {
  Slot& slot = table_[index];
  if (slot.closing) return;
  leave(index, slot);
  slot.session.on_closed();
  slot.closing = 1;
  set_deadline(index, linger_s);
  SocketIo::SendEnd end = SocketIo::SendEnd::sent;
  if (!last_frames.empty()) end = io_.send(index, slot, last_frames);
  if (end == SocketIo::SendEnd::sent || end == SocketIo::SendEnd::waiting) {
    end = io_.send_alert(index, slot, alert);
  }
  if (end == SocketIo::SendEnd::sent) return finish_close(index);
  if (end != SocketIo::SendEnd::waiting) close(index);
}

void Sessions::finish_close(uint32_t index) { shutdown(table_[index].fd, SHUT_WR); }

void Sessions::close(uint32_t index) {
  Slot& slot = table_[index];
  leave(index, slot);
  wheel_.disarm(
      index, [this](uint32_t i) -> auto& { return link_of(i); });
  on_closing_(slot.fd);
  ::close(slot.fd);
  table_.release(index);
  connections_.add(-1);
}

void Sessions::leave(uint32_t index, Slot& slot) {
  // Not the fsm's state: that is already closed when the fsm itself refused a live session.
  if (!slot.in_audience) return;
  audience_.remove(index, slot);
  lanes_.forget(index);
  link_.closed({ref_of(index), DeviceRef{partition_of(slot.device), slot.ordinal}});
  slot.session.on_closed();
}

cluster::SessionRef Sessions::ref_of(uint32_t index) const {
  return {endpoint_, index, table_[index].generation};
}

void Sessions::set_deadline(uint32_t index, uint32_t in_s) {
  wheel_.disarm(
      index, [this](uint32_t i) -> auto& { return link_of(i); });
  wheel_.arm(
      index, in_s, [this](uint32_t i) -> auto& { return link_of(i); });
}

void Sessions::tick() {
  wheel_.tick(
      [this](uint32_t i) -> auto& { return link_of(i); }, [this](uint32_t i) { on_deadline(i); });
  link_.flush();
}

void Sessions::on_deadline(uint32_t index) {
  Slot& slot = table_[index];
  if (slot.closing) return close(index);
  if (!slot.session.is_open()) {
    return refuse(index, Reason::timed_out, "no Hello within the deadline");
  }
  if (slot.session.state() == SessionFsm::State::opening) {
    runtime::log_warning("gateway: storage has not answered for a session in {} s", grant_s_max);
    return send_away(index, wire::GoAway::Reason::draining, 1000, 5000);
  }
  const uint32_t silent_s = wheel_.now() - slot.last_heard_s;
  const uint32_t limit_s = silence_s_max(slot);
  if (silent_s < limit_s) return set_deadline(index, limit_s - silent_s);
  send_away(index, wire::GoAway::Reason::idle, 0, 1000);
}

}  // namespace tocsin::gateway
