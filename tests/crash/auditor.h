// Auditor: compares the server with the model while nobody calls and all devices are there.
//
//   1 all devices live, their changes of tags confirmed
//   2 the report of every message at rest: nothing pending, delivered to all that received it
//   3 one cast of the lowest priority to each set: its `targeted` is the size of that set, and when
//     it has arrived, everything older has
//   4 messages without an answer that nobody has got by now never were
//   5 the device count of every app
//
// Thread: one owner, blocks.
// Bound: settle_ms_max each for 1, 2 and 3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/crash/api.h"
#include "tests/crash/fleet.h"
#include "tests/crash/workload.h"

namespace tocsin::crash {

class Auditor {
 public:
  static constexpr uint64_t settle_ms_max = 60'000;

  Auditor(Model& model, Fleet& fleet, const Workload& workload)
      : model_(model), fleet_(fleet), workload_(workload) {}

  // Compare everything; the model complains.
  void look(const ServerAddress& server);
  // Read again reports of messages that are at rest, every `every`-th: they have not changed.
  void look_back(const ServerAddress& server, size_t every);

  uint64_t reports_read() const { return reports_read_; }

 private:
  bool gather_devices();
  bool settle(Api& api);
  // Those still to be settled.
  std::vector<uint64_t> settle_those_at_rest(Api& api, const std::vector<uint64_t>& ops);
  void give_up(Api& api, const std::vector<uint64_t>& ops);
  void send_to_every_set(Api& api);
  void send(Api& api, size_t app, Target target);
  void compare_apps(Api& api);
  Api::Report read(Api& api, const Message& message);

  Model& model_;
  Fleet& fleet_;
  const Workload& workload_;
  uint64_t casts_ = 0;
  uint64_t reports_read_ = 0;
};

}  // namespace tocsin::crash
