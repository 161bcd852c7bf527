// Device: one simulated device: the production client's protocol machine on a Connection.
//
// It registers on its first connection, says Hello, acknowledges and pings as a real device does;
// when it loses the server it comes back when its machine says so, with the identity it got.
//
// Thread: one worker.  Bound: one incomplete frame; sizeof plus the lent duplicate window.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "drill/alert_recorder.h"
#include "drill/connection.h"
#include "drill/workspace.h"
#include "sdk_client/client_fsm.h"

namespace tocsin::drill {

// What the devices of a worker have in common. Outlives them.
struct DeviceSurroundings {
  Target& target;
  Workspace& workspace;
  AlertRecorder& recorder;
};

class Device {
 public:
  enum class Phase : uint8_t { waiting, shaking, opening, live, given_up };
  static constexpr size_t phases = 5;

  // Device `number` of the fleet; its socket's events come under `token`.
  Device(uint32_t number, uint32_t token, const sdk_client::ClientOptions& options,
         std::span<MessageId> window, const sdk_client::ClientIdentity& identity, uint64_t seed);

  void start(uint64_t now_ms) { fsm_.start(now_ms); }
  // It will be stuck: let it take only a few KB unread. Before it connects.
  void make_narrow() { is_narrow_ = true; }

  // Each of these may change phase() and next_tick_ms(). When the device lost its server or could
  // not reach it, `trouble` says why; otherwise it is left alone.
  void on_tick(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble);
  void on_ready(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble);

  // Never read again. Requires phase() == live.
  void become_stuck(DeviceSurroundings& around) { connection_.abandon(around.workspace); }

  const Connection& connection() const { return connection_; }
  Phase phase() const;
  uint64_t next_tick_ms() const { return fsm_.next_tick_ms(); }
  uint32_t number() const { return number_; }

 private:
  void take_plaintext(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble);
  void record_push(ByteView frame, bool to_app, uint64_t now_ns, DeviceSurroundings& around) const;
  void obey(uint64_t now_ms, DeviceSurroundings& around, std::string& trouble);
  void lose(const absl::Status& why, uint64_t now_ms, DeviceSurroundings& around,
            std::string& trouble);

  sdk_client::ClientFsm fsm_;
  Connection connection_;
  std::unique_ptr<Bytes> unread_;  // the front of an incomplete frame
  uint32_t number_;
  uint32_t token_;
  bool is_narrow_ = false;
};

}  // namespace tocsin::drill
