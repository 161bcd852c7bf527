#include "gateway/gateway_shard.h"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "runtime/log.h"

namespace tocsin::gateway {
namespace {

// How long a shard that cannot accept waits before it tries again.
constexpr uint32_t accept_pause_ms = 5;

// A message that may wait is worthless after its expiry; "now or never" was for now.
bool is_expired(const cluster::Envelope& envelope, uint64_t now_ms) {
  return !envelope.is_now_or_never() && envelope.expires_at_ms <= now_ms;
}

// How long casts took on this shard, from arrival to last send. Alert first.
std::array<runtime::Histogram, wire::priorities> fan_out_histograms(uint32_t shard) {
  const auto of = [shard](const char* priority) {
    return runtime::histogram("tocsin_cast_fan_out_seconds",
                              "From the arrival of a cast at a gateway shard to its last send",
                              {{"shard", std::to_string(shard)}, {"priority", priority}});
  };
  return {of("alert"), of("high"), of("normal"), of("low")};
}

}  // namespace

GatewayShard::GatewayShard(uint32_t number, const Options& options, cluster::Log& log,
                           cluster::Bus& bus, runtime::HandshakePool& pool)
    : options_(options),
      shard_(fmt::format("gateway-{}", number)),
      pool_(pool),
      sessions_(options, shard_, log, bus, audience_, lanes_),
      admission_(options),
      fan_out_s_(fan_out_histograms(number)),
      deliveries_(runtime::counter("tocsin_deliveries_total", "Pushes handed to device sockets")),
      handshake_failures_(
          runtime::counter("tocsin_handshake_failures_total", "TLS handshakes that failed")) {
  sessions_.set_on_closing([this](int fd) { admission_.closing(fd); });
  sessions_.set_endpoint(
      bus.join(cluster::Role::gateway, shard_,
               [this](cluster::BusMessage message) { on_bus(std::move(message)); }));
}

GatewayShard::~GatewayShard() { stop(); }

void GatewayShard::start() {
  shard_.start();
  shard_.run_and_wait([this] {
    runtime::log_info("gateway: pushes are sealed by {} and sent by {}", sessions_.io().sealer(),
                      sessions_.io().sender());
    shard_.watch_readable(sessions_.epoll_fd(), [this] {
      // An alert under way goes first: input waits in the kernel.
      if (!lanes_.has_alerts()) sessions_.serve_ready();
    });
    shard_.every(1000, [this] {
      sessions_.tick();
      recent_.expire(monotonic_ms());
    });
  });
}

absl::StatusOr<uint16_t> GatewayShard::listen(const std::string& address) {
  absl::StatusOr<runtime::Listener> listener =
      runtime::Listener::open(address, runtime::Listener::Port::shared);
  if (!listener.ok()) return listener.status();
  const uint16_t port = listener->port();
  shard_.run_and_wait([this, &listener] {
    listener_.emplace(std::move(*listener));
    resume_accepting();
  });
  return port;
}

void GatewayShard::stop() {
  if (stopping_) return;
  shard_.run_and_wait([this] {
    stopping_ = true;
    pause_accepting();
    shard_.unwatch(sessions_.epoll_fd());
    sessions_.drain();
  });
  shard_.stop();
  if (waiting_.fd >= 0) close(waiting_.fd);
}

void GatewayShard::on_acceptable() {
  // Connections refused at the door use nothing up that would pause the listener, so turns are
  // bounded.
  for (uint32_t i = 0; accepting_ && i < limits::accepts_per_turn_max; ++i) {
    if (sessions_.size() + handshaking_ >= options_.connections_max) return pause_accepting();
    const runtime::Listener::Accepted connection = listener_->accept();
    if (connection.fd < 0) {
      // Nothing waits; or no descriptor or memory is left and the listener stays readable.
      if (errno != EAGAIN && errno != EWOULDBLOCK) pause_accepting();
      return;
    }
    const std::optional<uint32_t> entry = admission_.admit(connection);
    if (entry.has_value() && !begin_handshake({connection.fd, *entry})) return pause_accepting();
  }
}

bool GatewayShard::begin_handshake(Admitted connection) {
  const bool taken = pool_.submit(
      connection.fd, [this, entry = connection.entry](absl::StatusOr<runtime::Handshaken> result) {
        shard_.post([this, entry, result = std::move(result)]() mutable {
          on_handshake_end(std::move(result), entry);
        });
      });
  if (taken) {
    ++handshaking_;
  } else {
    waiting_ = connection;
  }
  return taken;
}

void GatewayShard::on_handshake_end(absl::StatusOr<runtime::Handshaken> result, uint32_t entry) {
  --handshaking_;
  if (result.ok()) {
    admission_.connected(result->socket.fd(), entry);
    sessions_.adopt(*std::move(result));
    sessions_.flush_storage();
  } else {
    admission_.failed(entry);
    handshake_failures_.add();
    runtime::log_debug("gateway: handshake failed: {}", result.status().ToString());
  }
  resume_accepting();
}

void GatewayShard::pause_accepting() {
  if (!accepting_) return;
  accepting_ = false;
  shard_.unwatch(listener_->fd());
  if (!stopping_) shard_.after(accept_pause_ms, [this] { resume_accepting(); });
}

void GatewayShard::resume_accepting() {
  if (accepting_ || stopping_ || !listener_.has_value()) return;
  accepting_ = true;
  shard_.watch_readable(listener_->fd(), [this] { on_acceptable(); });
  if (waiting_.fd < 0) return;
  if (!begin_handshake(std::exchange(waiting_, Admitted{}))) pause_accepting();
}

void GatewayShard::on_bus(cluster::BusMessage message) {
  std::visit([this](auto& body) { on(std::move(body)); }, message);
  sessions_.flush_storage();
}

void GatewayShard::on(cluster::SessionsGranted grants) {
  for (const cluster::SessionGrant& grant : grants) {
    Slot* slot = sessions_.find(grant.replay.session);
    if (slot == nullptr || slot->session.state() != SessionFsm::State::opening) {
      sessions_.refuse_grant(grant);
      continue;
    }
    const uint32_t index = grant.replay.session.slot;
    sessions_.grant(*slot, index, grant);
    if (!recent_.covers(grant.replay.as_of)) {
      send_away_uncovered(index);
      continue;
    }
    queue(grant.replay);
    offer_recent(index, *slot, grant.replay.as_of, true, !grant.replay.more);
    sessions_.confirm_updates(index, *slot);
  }
  schedule_pump();
}

// Storage lags further behind than the gateway remembers casts: the device is to reconnect, and
// replay has what was forgotten. Spread widely, because this happens to every device that connects
// while storage lags.
void GatewayShard::send_away_uncovered(uint32_t index) {
  runtime::log_warning("gateway: storage lags behind the casts of the last {} s",
                       RecentCasts::age_ms_max / 1000);
  sessions_.send_away(index, wire::GoAway::Reason::draining, 0, 30'000);
}

void GatewayShard::on(cluster::SessionsRevoked revoked) {
  for (const cluster::SessionRevoked& one : revoked) sessions_.revoke(one);
}

void GatewayShard::on(cluster::Deliver replays) {
  for (const cluster::Replay& replay : replays) {
    Slot* slot = sessions_.find(replay.session);
    if (slot == nullptr || slot->session.state() != SessionFsm::State::live) continue;
    queue(replay);
    if (!slot->draining || replay.more) continue;
    // Storage hands over: what comes after as_of is ours, whether it has been fanned out already or
    // not.
    slot->draining = 0;
    lanes_.forget_waiting(replay.session.slot);
    if (!recent_.covers(replay.as_of)) {
      send_away_uncovered(replay.session.slot);
      continue;
    }
    offer_recent(replay.session.slot, *slot, replay.as_of, false, true);
  }
  schedule_pump();
}

void GatewayShard::on(cluster::TagsChanged changes) {
  for (const cluster::SessionTags& change : changes) {
    Slot* slot = sessions_.find(change.session);
    if (slot == nullptr || slot->session.state() != SessionFsm::State::live) continue;
    offer_newly_tagged(change, *slot);
    sessions_.set_tags(*slot, change);
  }
  schedule_pump();
}

void GatewayShard::offer_newly_tagged(const cluster::SessionTags& change, const Slot& slot) {
  recent_.each_behind(change.as_of, [&](const cluster::Cast& cast) {
    if (cast.everyone || cast.envelope->app != slot.app || audience_.has_tag(slot, cast.tag))
      return;
    if (slot.draining && !cast.envelope->rides_at_once()) return;
    if (std::find(change.tags.begin(), change.tags.end(), cast.tag) == change.tags.end()) return;
    lanes_.push_direct(change.session.slot, change.session.generation, cast.envelope);
  });
}

void GatewayShard::on(cluster::Cast cast) {
  pass_fault_point("gateway.before_fan_out");
  const AppId app = cast.envelope->app;
  lanes_.push_cast(cast.envelope,
                   cast.everyone ? audience_.everyone(app) : audience_.with_tag(app, cast.tag),
                   monotonic_ns());
  recent_.add(std::move(cast), monotonic_ms());
  schedule_pump();
}

void GatewayShard::on(cluster::SlotsCasts casts) {
  for (cluster::SlotsCast& cast : casts) {
    sets::OrdinalSet slots;
    for (const cluster::SlotsCast::To& to : cast.to) {
      if (sessions_.table().find(to.slot, to.generation) != nullptr) slots.add(to.slot);
    }
    lanes_.push_cast(std::move(cast.envelope), std::move(slots), monotonic_ns());
  }
  schedule_pump();
}

void GatewayShard::on(cluster::Withdrawn messages) {
  for (const MessageId message : messages) {
    lanes_.withdraw(message);
    recent_.withdraw(message);
  }
}

void GatewayShard::queue(const cluster::Replay& replay) {
  for (const cluster::SharedEnvelope& envelope : replay.envelopes) {
    lanes_.push_direct(replay.session.slot, replay.session.generation, envelope);
  }
}

void GatewayShard::offer_recent(uint32_t index, Slot& slot, cluster::Position behind, bool at_once,
                                bool waiting) {
  recent_.each_behind(behind, [&](const cluster::Cast& cast) {
    if (cast.envelope->app != slot.app) return;
    if (!(cast.envelope->rides_at_once() ? at_once : waiting)) return;
    if (!cast.everyone && !audience_.has_tag(slot, cast.tag)) return;
    lanes_.push_direct(index, slot.generation, cast.envelope);
  });
}

void GatewayShard::schedule_pump() {
  if (pumping_ || lanes_.empty()) return;
  pumping_ = true;
  shard_.post([this] { pump(); });
}

void GatewayShard::pump() {
  size_t room = limits::fan_out_chunk;
  while (room > 0 && lanes_.take(room, run_)) {
    deliver(run_);
    room -= run_.count;
  }
  for (const Lanes::Sent& cast : lanes_.take_sent()) observe(cast);
  sessions_.flush_storage();
  pumping_ = false;
  schedule_pump();
}

void GatewayShard::observe(const Lanes::Sent& cast) {
  const auto ns = static_cast<double>(monotonic_ns() - cast.queued_at_ns);
  fan_out_s_[wire::priorities - static_cast<size_t>(cast.priority)].observe(ns / 1e9);
}

void GatewayShard::deliver(const Lanes::Run& run) {
  if (is_expired(*run.envelope, wall_ms())) return;
  std::array<uint32_t, limits::fan_out_chunk> wanting;
  size_t count = 0;
  for (size_t i = 0; i < run.count; ++i) {
    if (wants(sessions_.table()[run.slots[i]], run)) wanting[count++] = run.slots[i];
  }
  sessions_.push_to_all(std::span(wanting).first(count), as_bytes(run.envelope->push_frame));
  deliveries_.add(static_cast<double>(count));
}

bool GatewayShard::wants(const Slot& slot, const Lanes::Run& run) const {
  if (slot.is_free() || slot.session.state() != SessionFsm::State::live) return false;
  if (run.generation.has_value()) return slot.generation == *run.generation;
  // While storage replays, it sends the casts that can wait, in order.
  return !slot.draining || run.envelope->rides_at_once();
}

}  // namespace tocsin::gateway
