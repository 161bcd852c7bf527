// SeenGatherer: which devices opened a session today, on its way into the log.
//
// A device counts once a day, however often it comes. What is lost in a crash is told again: the
// device has to come back.
//
// Thread: the storage thread.  Bound: about a bit for each device that came today; seen_batch_max in
// a record.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/ids.h"
#include "sets/device_set.h"

namespace tocsin::storage {

class SeenGatherer {
 public:
  void add(AppId app, DeviceRef device, uint64_t wall_ms);

  // A tocsin.internal.Record of those not told yet, serialized; nullopt when there are none, or
  // when the record before has not been settled.
  std::optional<std::string> take();
  // The record taken is in the log, or is to be taken again.
  void settle(bool logged);

 private:
  uint32_t day_ = 0;
  std::map<uint32_t, sets::DeviceSet> today_;    // by app
  std::map<uint32_t, sets::DeviceSet> waiting_;  // of today_
  std::map<uint32_t, sets::DeviceSet> taken_;
};

}  // namespace tocsin::storage
