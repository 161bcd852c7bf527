// Workload: what the callers do, op by op.
//
// Op n of a seed is always the same op with the same draws, whatever happened before: everything
// random comes from (seed, n). Only "one of the devices registered by now" may come out another
// when the timing differs. To add one: a row in the table of workload.cc and its function; a send
// of a new kind also says in message.cc what may become of it.
//
// Thread: any number of callers.
// Bound: devices_max devices, apps_max apps.
#pragma once

#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "base/prng.h"

#include "tests/crash/api.h"
#include "tests/crash/fleet.h"
#include "tests/crash/gate.h"

namespace tocsin::crash {

class Workload {
 public:
  struct OpCount {
    std::string_view name;
    uint64_t count = 0;
  };

  // Starts with `devices` devices in two apps, and may double both.
  Workload(uint64_t seed, size_t devices, Model& model, Fleet& fleet, Gate& gate);
  ~Workload();

  // Make the first apps and devices. False when the server does not answer.
  bool begin(const ServerAddress& server);
  void start_callers(size_t count);
  std::vector<OpCount> op_counts() const;
  // Apps whose creation was not answered: they may exist.
  size_t apps_unanswered() const;

 private:
  // One op under way.
  struct Op {
    uint64_t number;
    Prng random;
    Api& api;
  };
  struct OpKind {
    std::string_view name;
    uint32_t weight;
    void (Workload::*run)(Op& op);
  };
  static const std::vector<OpKind> kinds;

  void send_to_device(Op& op);
  void send_to_devices(Op& op);
  void send_to_tag(Op& op);
  void send_to_everyone(Op& op);
  void change_tag(Op& op);
  void open_last(Op& op);
  void read_report(Op& op);
  void go_offline(Op& op);
  void restart(Op& op);
  void die(Op& op);
  void add_device(Op& op);
  void add_app(Op& op);

  void call();
  void run(uint64_t number, Api& api);
  void send(Op& op, size_t app, Target target);
  bool make_app(Api& api);
  void make_device(size_t app, Prng& random);
  size_t any_app(Op& op) const;
  size_t any_device(Op& op) const;

  const uint64_t seed_;
  const size_t first_devices_;
  Model& model_;
  Fleet& fleet_;
  Gate& gate_;
  mutable std::mutex mutex_;  // of what follows
  size_t apps_made_ = 0;      // also those that were not answered
  size_t apps_unanswered_ = 0;
  size_t devices_made_ = 0;
  std::vector<uint64_t> counts_;  // as kinds
  std::vector<std::thread> callers_;
};

}  // namespace tocsin::crash
