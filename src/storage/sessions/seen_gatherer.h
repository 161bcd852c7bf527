// SeenGatherer: which devices had a session today, on its way into the log.
//
// A device counts once a day, however often it connects. What is lost in a crash is gathered again,
// because the device has to reconnect.
//
// Thread: the storage thread.
// Bound: about a bit for each device seen today; seen_batch_max per record.
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

  // A tocsin.internal.Record of the devices not yet recorded, serialized; nullopt when there are
  // none, or when the previous record has not been settled.
  std::optional<std::string> take();
  // The record taken is in the log, or must be taken again.
  void settle(bool logged);

 private:
  uint32_t day_ = 0;
  std::map<uint32_t, sets::DeviceSet> today_;    // by app
  std::map<uint32_t, sets::DeviceSet> waiting_;  // of today_
  std::map<uint32_t, sets::DeviceSet> taken_;
};

}  // namespace tocsin::storage
