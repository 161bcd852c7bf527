// ServerFleet: all servers of a drill, seen as one: one alert to all, the books of all, the memory
// and CPU of all.
//
// Several servers are several whole installations that know nothing of each other, each with an app
// of the same name. One process may hold no more connections than it may open files; a machine may
// hold many more.
//
// Thread: the main thread; send() uses one more for each server while it runs.
// Bound: servers_max.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "drill/fleet/plan.h"
#include "drill/options.h"
#include "harness/server.h"
#include "harness/stop_signal.h"

namespace tocsin::bench::drill {

// One alert as all servers took it.
struct SentToAll {
  std::vector<std::string> message_ids;  // one a server
  uint64_t start_ns = 0;                 // CLOCK_MONOTONIC before the first request was written
  uint64_t end_ns = 0;                   // when the last answer was there
};

class ServerFleet {
 public:
  // Start one server for each share, or take the running one that the options name.
  static absl::StatusOr<ServerFleet> prepare(const Options& options,
                                             const std::vector<Share>& shares,
                                             const StopSignal& stop);
  ServerFleet(ServerFleet&&) noexcept = default;
  ServerFleet& operator=(ServerFleet&&) = delete;
  ~ServerFleet();  // ends those it started, all at the same time

  // The same message to all at once. An error when any did not take it.
  absl::StatusOr<SentToAll> send(const AlertRequest& request);

  // The books of one alert, one a server; absent where they could not be read.
  std::vector<std::optional<Books>> books(const std::vector<std::string>& message_ids);

  // Connections that servers closed because their devices did not read; nullopt when a server does
  // not say.
  std::optional<uint64_t> closed_as_slow();
  // What each gateway shard of every server has spent on fan-outs of `priority` so far, s; empty
  // when a server does not say.
  std::vector<double> fan_out_s(const std::string& priority);

  // UNAVAILABLE, with the end of its log, when a server that was started has ended.
  absl::Status check();

  // The doors that the devices of `share` connect to.
  std::vector<Gateway> gateways_for(const Share& share) const;
  bool is_loopback() const { return servers_.front().gateway.is_loopback(); }
  const std::string& app() const { return servers_.front().keys.app; }
  const std::vector<Share>& shares() const { return shares_; }
  // Those that are known.
  std::vector<int> pids() const;

 private:
  explicit ServerFleet(std::vector<Share> shares) : shares_(std::move(shares)) {}
  // Of every server; empty when one does not say.
  std::vector<double> metrics(const std::string& name, const std::string& label);

  std::vector<Share> shares_;
  std::vector<ServerUnderTest> servers_;
};

// What keeps one of many servers on a machine small, and after it `given`, which wins: an argument
// whose key is in `given` is left out.
std::vector<std::string> spawn_arguments(const std::vector<std::string>& given, size_t servers);

}  // namespace tocsin::bench::drill
