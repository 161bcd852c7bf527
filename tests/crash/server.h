// Server: the tocsind under test: always the same data, killed and started again and again.
//
// Its ports are chosen by the system at every start. Fixed ones would lie in the range that the
// devices' own sockets are taken from, and be gone one day when the server wants them back.
//
// Thread: the main thread (a child dies with the thread that made it).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <absl/status/status.h>

#include "harness/child_process.h"

namespace tocsin::crash {

// Where a running server is to be found.
struct ServerAddress {
  uint64_t life = 0;  // counts starts, from 1
  uint16_t gateway_port = 0;
  uint16_t api_port = 0;
  std::string ca_file;
  std::string ca_pem;
  std::string admin_key;
};

class Server {
 public:
  // The program at `path`; data and log go below `folder`.
  Server(std::string path, std::string folder);

  // Start the process, without waiting. `fault`: TOCSIN_FAULT, or empty.
  absl::Status spawn(const std::string& fault);
  // Wait until it serves. UNAVAILABLE when it ended instead, DEADLINE_EXCEEDED after 60 s.
  absl::Status wait_until_ready();
  bool is_running() { return child_ && child_->is_running(); }
  // SIGKILL, and wait for the end.
  void kill();
  // SIGTERM; false when it did not end well.
  bool stop();
  // Of a server that has ended: whether SIGKILL ended it.
  bool was_killed() const { return child_->how_it_ended() == "signal 9"; }
  std::string how_it_ended() const { return child_->how_it_ended(); }

  const ServerAddress& address() const { return address_; }
  // Of the last start: from spawn() until it served, milliseconds.
  uint64_t start_ms() const { return start_ms_; }
  // The last lines of its log.
  std::string log_end() const;

 private:
  const std::string path_;
  const std::string folder_;
  std::optional<bench::ChildProcess> child_;
  ServerAddress address_;
  uint64_t spawned_at_ms_ = 0;
  uint64_t start_ms_ = 0;
};

}  // namespace tocsin::crash
