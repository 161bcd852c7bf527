// Applied: what applying log records had to tell the world of sessions.
//
// Thread: values.
#pragma once

#include <vector>

#include "cluster/bus_message.h"
#include "cluster/log.h"
#include "sets/device_set.h"
#include "storage/tables/delivery_conditions.h"
#include "storage/tables/registry.h"

namespace tocsin::storage {

struct Applied {
  struct ToDevice {
    DeviceRef device;
    cluster::SharedEnvelope envelope;
  };
  struct Tagged {
    Device device;                // with the tags it has after the record
    cluster::Position as_of = 0;  // the record's
  };
  bool apps_changed = false;
  std::vector<ToDevice> to_devices;  // accepted for single devices, in order
  std::vector<Tagged> tags_changed;
  // Casts whose audience only storage can tell.
  struct Resolved {
    cluster::SharedEnvelope envelope;
    SharedConditions conditions;  // nullptr: none
    sets::DeviceSet targeted;
  };
  std::vector<Resolved> resolved;
  // Messages that are not to be sent any more.
  std::vector<MessageId> withdrawn;
  std::vector<DeviceRef> deleted;

  void append(Applied&& later);
};

}  // namespace tocsin::storage
