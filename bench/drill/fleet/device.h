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
#include "drill/fleet/arrivals.h"
#include "drill/fleet/resumption.h"
#include "harness/client/connection.h"
#include "sdk_client/client_fsm.h"

namespace tocsin::bench::drill {

// What the devices of a worker share while one of them is being served.
struct DeviceWorkspace : Workspace {
  Bytes send_buffer = Bytes(sdk_client::ClientFsm::send_bytes_min);
  sdk_client::ClientActions actions{send_buffer};
  // Why the device last served lost its server or could not reach it; empty when it did not.
  std::string trouble;
};

// What a device works with. Outlives it.
struct DeviceSurroundings {
  Target& target;
  DeviceWorkspace& workspace;
  AlertRecorder& recorder;
  uint64_t now_ms;
};

class Device {
 public:
  enum class Phase : uint8_t { waiting, shaking, opening, live, given_up };
  static constexpr size_t phases = 5;

  // Device `number` of the fleet; its socket's events come under `token`.
  Device(uint32_t number, uint32_t token, const sdk_client::ClientOptions& options,
         std::span<MessageId> window, const sdk_client::ClientIdentity& identity, uint64_t seed)
      : fsm_(options, window, identity, seed), number_(number), token_(token) {}

  void start(uint64_t now_ms) { fsm_.start(now_ms); }
  // It will be stuck: let it take only a few KB unread. Before it connects.
  void make_narrow() { is_narrow_ = true; }

  // Each of these may change phase() and next_tick_ms(), and says in the workspace's trouble what
  // went wrong.
  void on_tick(const DeviceSurroundings& around);
  void on_ready(const DeviceSurroundings& around);

  // Never read again. Requires phase() == live.
  void become_stuck(DeviceWorkspace& workspace) { connection_.abandon(workspace); }

  const Connection& connection() const { return connection_; }
  Phase phase() const;
  uint64_t next_tick_ms() const { return fsm_.next_tick_ms(); }
  uint32_t number() const { return number_; }

 private:
  void take_plaintext(const DeviceSurroundings& around);
  void record_push(ByteView frame, bool to_app, uint64_t now_ns,
                   const DeviceSurroundings& around) const;
  void obey(const DeviceSurroundings& around);
  absl::Status open(const DeviceSurroundings& around);
  void lose(const absl::Status& why, const DeviceSurroundings& around);
  void close(const DeviceSurroundings& around, std::string trouble);

  sdk_client::ClientFsm fsm_;
  Connection connection_;
  uint32_t number_;
  uint32_t token_;
  bool is_narrow_ = false;
};

}  // namespace tocsin::bench::drill
