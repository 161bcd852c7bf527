// GatewayShard: one thread of the gateway with its slice of the connections.
//
// Wires together what the folder has: the listener hands sockets to the handshake pool, finished
// ones become Sessions; casts from the bus are resolved over the AudienceIndex into Lanes; the pump
// empties the lanes, a chunk at a time, with a look at everything else in between.
//
//   bus: Cast ----> AudienceIndex ----> Lanes ----pump----> Sessions::push ----> sockets
//   bus: grants, replays -----------------^
//
// Thread: start() and stop() from the owner; the rest on its own shard.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "cluster/bus.h"
#include "gateway/admission.h"
#include "gateway/audience_index.h"
#include "gateway/lanes.h"
#include "gateway/listener.h"
#include "gateway/options.h"
#include "gateway/recent_casts.h"
#include "gateway/sessions.h"
#include "runtime/shard.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::gateway {

class GatewayShard {
 public:
  // Joins the bus. `options`, `log`, `bus` and `pool` outlive it.
  GatewayShard(uint32_t number, const Options& options, cluster::Log& log, cluster::Bus& bus,
               runtime::HandshakePool& pool);
  ~GatewayShard();

  // Begin to serve bus messages.
  void start();
  // Begin to take connections on `address`; returns the port.
  absl::StatusOr<uint16_t> listen(const std::string& address);
  // Stop accepting, send every device away, end the thread.
  void stop();

 private:
  void on_acceptable();
  // An admitted connection on its way to the handshake pool.
  struct Admitted {
    int fd = -1;
    uint32_t entry = AddressLimiter::no_entry;  // of admission_
  };
  // Offer it to the handshake pool; false when it has to wait in waiting_.
  bool begin_handshake(Admitted connection);
  void on_handshake_end(absl::StatusOr<runtime::Handshaken> result, uint32_t entry);
  void pause_accepting();
  void resume_accepting();

  void on_bus(cluster::BusMessage message);
  void on(cluster::SessionsGranted grants);
  void on(cluster::SessionsRevoked revoked);
  void on(cluster::Deliver replays);
  void on(cluster::TagsChanged changes);
  void on(cluster::Cast cast);
  void on(cluster::SlotsCasts casts);
  void on(cluster::Withdrawn messages);
  void on(cluster::AppsChanged apps) { sessions_.set_apps(std::move(apps)); }
  void on(cluster::SessionsOpened) {}
  void on(cluster::SessionsClosed) {}
  void on(cluster::Acknowledged) {}
  void on(cluster::ConditionsChanged) {}
  void on(cluster::AppsWanted) {}

  void send_away_uncovered(uint32_t index);
  // Queue the remembered casts behind that position that match: those that ride at once, those that
  // can wait, or both.
  void offer_recent(uint32_t index, Slot& slot, cluster::Position behind, bool at_once,
                    bool waiting);
  // The same for casts to tags that the session has only just got.
  void offer_newly_tagged(const cluster::SessionTags& change, const Slot& slot);
  void queue(const cluster::Replay& replay);

  void schedule_pump();
  void pump();
  void observe(const Lanes::Sent& cast);
  void deliver(const Lanes::Run& run);
  bool wants(const Slot& slot, const Lanes::Run& run) const;

  const Options& options_;
  runtime::Shard shard_;
  runtime::HandshakePool& pool_;
  AudienceIndex audience_;
  Lanes lanes_;
  RecentCasts recent_;
  Sessions sessions_;
  Admission admission_;
  std::optional<Listener> listener_;
  Admitted waiting_;  // accepted, but the handshake pool was full
  uint32_t handshaking_ = 0;
  bool accepting_ = false;
  bool stopping_ = false;
  bool pumping_ = false;
  Lanes::Run run_;
  std::array<runtime::Histogram, wire::priorities> fan_out_s_;  // alert first
  runtime::Counter deliveries_;
  runtime::Counter handshake_failures_;
};

}  // namespace tocsin::gateway
