// Devices: real ones, each a tocsin-listen process of its own.
//
// Thread: the main thread, whose end would end the processes.
// Bound: one process for each device that is connected; registering_at_once while registering.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "harness/child_process.h"
#include "harness/server.h"
#include "harness/stop_signal.h"

namespace tocsin::bench::api {

inline constexpr uint32_t registering_at_once = 8;
inline constexpr uint32_t register_timeout_ms = 120'000;
inline constexpr uint32_t connect_timeout_ms = 60'000;

// Register `count` devices with `program` (tocsin-listen) and leave them offline; the ids of all
// devices of the app. The error of one that could not holds the end of what it said.
absl::StatusOr<std::vector<std::string>> register_devices(ServerUnderTest& server,
                                                          const std::string& program,
                                                          uint32_t count, const StopSignal& stop);

// Devices that are connected for as long as this lives.
class OnlineDevices {
 public:
  // Start `count` and wait until the server has them all as connected; the first ones registered in
  // `server`'s folder before are taken. DEADLINE_EXCEEDED when they do not get in.
  static absl::StatusOr<OnlineDevices> start(ServerUnderTest& server, const std::string& program,
                                             uint32_t count, const StopSignal& stop);

  // When the last one had printed the message, CLOCK_MONOTONIC; looked at every millisecond.
  // DEADLINE_EXCEEDED says how many had not; CANCELLED when `stop` came first.
  absl::StatusOr<uint64_t> wait_for_last_ns(const std::string& message_id, uint64_t deadline_ms,
                                            const StopSignal& stop) const;

 private:
  struct Listener {
    ChildProcess process;
    std::string output_file;
  };

  std::vector<Listener> listeners_;
};

}  // namespace tocsin::bench::api
