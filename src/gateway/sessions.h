// Sessions: the device connections of one gateway shard, from handshake to close.
//
// The shell around SessionFsm: it reads frames from the sockets, asks the fsm, obeys its actions,
// and tells storage who connected, who left and what was acknowledged.
//
//   adopt() --> [await Hello] --Welcome--> [opening] --grant()--> [live] --> [closing] --> gone
//
// A connection that has to go gets a last frame (Error or GoAway), close_notify and a TCP
// half-close; its slot stays until the peer has closed too or linger_s has passed, so that no reset
// loses the last frame.
//
// Thread: one shard.
// Bound: the capacity of the connection table; deadlines for each stage.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <absl/functional/any_invocable.h>

#include "base/timer_wheel.h"
#include "cluster/bus.h"
#include "cluster/log.h"
#include "gateway/audience_index.h"
#include "gateway/connection_table.h"
#include "gateway/device_auth.h"
#include "gateway/lanes.h"
#include "gateway/options.h"
#include "gateway/socket_io.h"
#include "gateway/storage_link.h"
#include "runtime/metrics.h"
#include "runtime/shard.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::gateway {

class Sessions {
 public:
  // Seconds a closed connection may linger for its peer's close.
  static constexpr uint32_t linger_s = 2;
  // Seconds within which storage must grant a new session. The bus may lose anything: a device
  // whose grant does not arrive is sent away, and reconnects.
  static constexpr uint32_t grant_s_max = 10;

  Sessions(const Options& options, runtime::Shard& shard, cluster::Log& log, cluster::Bus& bus,
           AudienceIndex& audience, Lanes& lanes);
  ~Sessions();

  // The number of this shard's endpoint on the bus; before traffic starts.
  void set_endpoint(cluster::EndpointId endpoint) { endpoint_ = endpoint; }
  // Called with each connection's descriptor right before it is closed; before traffic starts.
  void set_on_closing(absl::AnyInvocable<void(int)> on_closing) {
    on_closing_ = std::move(on_closing);
  }
  void set_apps(cluster::AppsChanged apps) { apps_ = std::move(apps); }

  // Take over a connection whose handshake is done.
  void adopt(runtime::Handshaken connection);

  // Serve what is ready on the sockets; then flush what storage is to be told.
  int epoll_fd() const { return io_.epoll_fd(); }
  SocketIo& io() { return io_; }
  void serve_ready();

  // Once a second: heartbeats and deadlines.
  void tick();

  // The connection of `session`, or nullptr when it is gone.
  Slot* find(const cluster::SessionRef& session);

  // Storage's answer to a new session.
  void grant(Slot& slot, uint32_t index, const cluster::SessionGrant& grant);
  // The session's tags are now these. Confirms the Updates that they answer.
  void set_tags(Slot& slot, const cluster::SessionTags& tags);
  // Send Updated for those Updates that its tags answer. The connection may be closed afterwards.
  void confirm_updates(uint32_t index, Slot& slot);
  void revoke(const cluster::SessionRevoked& revoked);
  // A grant for a connection that has gone meanwhile: storage is told so.
  void refuse_grant(const cluster::SessionGrant& grant);
  void flush_storage() { link_.flush(); }

  // Seal one frame for the connection in `index` and send it. A slow or broken connection is
  // closed.
  void push(uint32_t index, Slot& slot, ByteView frame);
  // The same frame to all of `indices`, all different, at most SocketIo::batch_max.
  void push_to_all(std::span<const uint32_t> indices, ByteView frame);

  // Send GoAway and close.
  void send_away(uint32_t index, wire::GoAway::Reason reason, uint32_t after_ms,
                 uint32_t window_ms);
  // Send all devices away, because the server is stopping.
  void drain();

  uint32_t size() const { return table_.size(); }
  bool full() const { return table_.size() >= table_.capacity(); }
  ConnectionTable& table() { return table_; }

 private:
  TimerWheel::Link& link_of(uint32_t index) { return table_[index].wheel; }
  // Replaces the previous deadline.
  void set_deadline(uint32_t index, uint32_t in_s);
  void on_deadline(uint32_t index);

  void on_event(const SocketIo::Event& event);
  // The connection was reset: read what arrived before, then close.
  void on_broken(const SocketIo::Event& event, Slot& slot);
  void on_input(uint32_t index, SocketIo::ReadResult result);
  // Cut frames out of plain_ and act on them; false when the connection is closing or gone.
  bool on_frames(uint32_t index);
  // Reads the preface at the front of plain_; returns the bytes it took.
  size_t on_preface(uint32_t index);

  void obey(uint32_t index, const Action& action);
  void obey_register(uint32_t index, const wire::Register& request);
  void obey_hello(uint32_t index, const wire::Hello& hello);
  void obey_conditions(uint32_t index, uint32_t conditions);
  void tell_conditions(uint32_t index, const Slot& slot);
  void obey_acknowledged(uint32_t index, const wire::MessageIdList& messages, bool opened);
  // Tell storage, which by now knows the device.
  void acknowledge(uint32_t index, MessageId message, bool opened);
  void obey_change_tags(uint32_t index, const wire::Update& update);
  // The Update is durable, or why not.
  void on_stored(cluster::SessionRef session, uint32_t update_id, bool takes_away,
                 absl::StatusOr<cluster::Position> position);
  void on_registered(cluster::SessionRef session, AppId app, DeviceId device,
                     absl::StatusOr<cluster::Position> position);

  // Close the connection in `index` if `end` says so.
  void after_push(uint32_t index, SocketIo::SendEnd end);

  void refuse(uint32_t index, wire::Error::Reason reason, std::string_view text,
              uint32_t retry_after_ms = 0);
  // Send the last frames, then half-close.
  void begin_close(uint32_t index, ByteView last_frames, wire::TlsAlert alert);
  void finish_close(uint32_t index);
  void close(uint32_t index);
  // Take it out of the audience and tell storage it is no longer connected.
  void leave(uint32_t index, Slot& slot);
  cluster::SessionRef ref_of(uint32_t index) const;

  const Options& options_;
  runtime::Shard& shard_;
  cluster::Log& log_;
  AudienceIndex& audience_;
  Lanes& lanes_;
  StorageLink link_;
  mutable ConnectionTable table_;
  SocketIo io_;
  TimerWheel wheel_{4096};
  cluster::EndpointId endpoint_ = 0;
  cluster::AppsChanged apps_;
  absl::AnyInvocable<void(int)> on_closing_ = [](int) {};
  Bytes plain_;    // decrypted input of the connection being served
  Bytes replies_;  // frames for it, sealed together

  runtime::Gauge connections_;
  runtime::Counter refused_;
  runtime::Counter slow_;
};

}  // namespace tocsin::gateway
