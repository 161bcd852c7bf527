// Rounds: sends the messages of a drill, one after the other, waits for the devices and for the
// servers' books, and in the end reads from the arrival book what became of each.
//
//   flood (if asked) -> warm-up alerts -> per round: the alert alone
//                                                    \-> with --competing: a broadcast, and once
//                                                        a part of the devices has it, the alert
//
//   rows of the arrival book, one a message, in the order they are sent:
//     flood ... | warm-up ... | alone [broadcast competing] | alone [broadcast competing] | ...
//
// Thread: the main thread.  Bound: every wait has a deadline from the options.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drill/coordinator/resource_sampler.h"
#include "drill/coordinator/server_fleet.h"
#include "drill/coordinator/worker_pool.h"
#include "drill/fleet/arrivals.h"
#include "drill/options.h"
#include "drill/report.h"
#include "harness/stop_signal.h"

namespace tocsin::drill {

class Rounds {
 public:
  // What it works with; all of it outlives the rounds.
  struct Parts {
    const Options& options;
    const harness::StopSignal& stop;
    const ArrivalBook& book;
    ServerFleet& servers;
    WorkerPool& workers;
    ResourceSampler& sampler;
  };

  // `mark` begins the titles of this drill; `connected` devices are there to be told.
  Rounds(const Parts& parts, std::string mark, uint64_t connected)
      : parts_(parts),
        mark_(std::move(mark)),
        connected_(connected),
        server_pids_(parts.servers.pids()) {}

  // Send them all. What a device or a server misses is no error but a result.
  absl::Status run();

  // Fill report.rounds, .competing and .stuck. Late, because a duplicate may come long after its
  // alert.
  void fill(Report& report);

 private:
  // One message on its way.
  struct Message {
    uint32_t row = 0;
    SentToAll sent;
    RoundReport report;
    std::optional<uint64_t> cpu_before_ns;
  };

  absl::Status flood();
  absl::StatusOr<Message> alert_alone(const std::string& name);
  absl::Status alert_competing(uint32_t round);
  absl::StatusOr<Message> send(const std::string& priority, uint32_t payload_bytes);
  absl::Status wait_for_devices(Message& message);
  absl::Status wait_for_part(uint32_t row, uint64_t deadline_ms);
  absl::Status wait_for_books(Message& message);
  // What the shards spent on the alert, from what they had spent before.
  void note_fan_out(const std::vector<double>& before_s, Message& message);
  bool books_agree(Message& message);
  std::optional<double> cpu_us_per_delivery(const Message& message) const;
  RoundReport finished(const Message& message) const;
  Share all_devices() const { return {0, static_cast<uint32_t>(parts_.book.devices())}; }
  uint64_t stuck() const {
    return number_of_percent(parts_.book.devices(), parts_.options.stuck_percent);
  }
  uint64_t reading() const { return parts_.book.devices() - stuck(); }
  void say(const Message& message, const std::string& name) const;

  const Parts parts_;
  const std::string mark_;
  const uint64_t connected_;
  const std::vector<int> server_pids_;
  uint32_t next_row_ = 0;
  std::vector<Message> alone_;
  std::vector<Message> broadcasts_;
  std::vector<Message> competing_;
};

}  // namespace tocsin::drill
