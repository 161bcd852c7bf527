// Witness: something honest that is done each second while a server is under attack.
//
// Its thread goes before those of attackers, where the system allows it: whoever is honest has a
// machine of its own.
//
// Thread: `act` runs on the witness's; all else belongs to the main thread.
// Bound: `times`, one at a time; what is late is made up for at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "drill/fleet/arrivals.h"
#include "harness/figures.h"
#include "harness/server.h"

namespace tocsin::bench::siege {

class Witness {
 public:
  // `due_ns` (CLOCK_MONOTONIC): when it was to begin.
  using Act = std::function<void(uint64_t due_ns)>;

  Witness(uint32_t times, Act act);
  // Do no more; waits for what is under way.
  void end() { thread_ = {}; }

 private:
  std::jthread thread_;
};

// Alerts to all devices, over a connection that is kept.
class AlertWitness {
 public:
  // The first of its alerts is that of row `first_row` in `book`, which outlives this.
  static absl::StatusOr<AlertWitness> create(const ServerUnderTest& server,
                                             const drill::ArrivalBook& book, std::string mark);

  // Send one that was due at `due_ns`; 0: now.
  void send(uint64_t due_ns);
  // Whether each device has all that were accepted.
  bool has_all_arrived() const;

  struct Tally {
    uint32_t accepted = 0;
    uint32_t arrived = 0;  // at all devices, in time
    Series last_ms;        // from when it was sent, or due if the one before was in the way, to its
                           // last device, if that got it
    std::string failure;   // of a send
  };
  // Of all alerts but the first `warm_up`.
  Tally tally(uint32_t warm_up) const;

 private:
  struct Sent {
    uint32_t row = 0;
    uint64_t start_ns = 0;
    absl::Status status;
  };

  AlertWitness(ApiClient api, AppKeys keys, const drill::ArrivalBook& book, std::string mark)
      : api_(std::move(api)), keys_(std::move(keys)), book_(book), mark_(std::move(mark)) {}

  ApiClient api_;
  AppKeys keys_;
  const drill::ArrivalBook& book_;
  std::string mark_;
  std::vector<Sent> sent_;
};

// Callers that have a key, each on a connection of its own.
class CallerWitness {
 public:
  explicit CallerWitness(const ServerUnderTest& server) : server_(server) {}

  void call();

  struct Tally {
    uint32_t served = 0;
    uint32_t failed = 0;
    Series served_ms;
    std::string failure;
  };
  const Tally& tally() const { return tally_; }

 private:
  absl::Status call_once() const;

  const ServerUnderTest& server_;
  Tally tally_;
};

}  // namespace tocsin::bench::siege
