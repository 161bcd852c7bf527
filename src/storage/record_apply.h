// RecordApply: what a log record does to the store. The only place that changes it.
//
// One record is one atomic batch with its position. Nothing in here reads a clock or anything else
// that is not in the log and the store, so every replica that applies the same log holds the same
// rows. (Which casts are still worth keeping in memory is not state, and may depend on the clock.)
//
// Thread: the storage lane.
#pragma once

#include <vector>

#include <absl/status/status.h>

#include "cluster/log.h"
#include "storage/apps.h"
#include "storage/inbox.h"
#include "storage/live_casts.h"
#include "storage/messages.h"
#include "storage/registry.h"
#include "storage/store.h"

namespace tocsin::storage {

// What applying had to tell the world of sessions.
struct Applied {
  struct ToDevice {
    DeviceRef device;
    cluster::SharedEnvelope envelope;
  };
  struct Tagged {
    Device device;  // with the tags it has now
    cluster::Position as_of = 0;
  };
  bool apps_changed = false;
  std::vector<ToDevice> to_devices;  // accepted for single devices, in order
  std::vector<Tagged> tags_changed;
};

class RecordApply {
 public:
  RecordApply(Store& store, Apps& apps, Registry& registry, const Messages& messages,
              const Inbox& inbox, LiveCasts& live_casts)
      : store_(store),
        apps_(apps),
        registry_(registry),
        messages_(messages),
        inbox_(inbox),
        live_casts_(live_casts) {}

  // Apply the record behind store.state().position and add to `applied`. DATA_LOSS, naming the
  // position, when the record cannot be read: nothing more may be applied. Any other error: nothing
  // has changed, try again.
  absl::Status apply(const cluster::LogEntry& entry, Applied& applied);

 private:
  struct Step;
  absl::Status dispatch(const internal::Record& record, Step& step);
  absl::Status apply_registered(const internal::DeviceRegistered& record, Step& step);
  absl::Status apply_tagged(const internal::DeviceTagged& record, Step& step);
  absl::Status accept(const internal::MessageAccepted& record, Step& step);
  absl::Status accept_for_devices(const internal::MessageAccepted& record,
                                  const cluster::SharedEnvelope& envelope, Step& step);
  absl::Status accept_cast(const internal::MessageAccepted& record,
                           const cluster::SharedEnvelope& envelope, Step& step);
  absl::Status deliver(const internal::MessagesDelivered& record, Step& step);
  absl::Status deliver_cast(const internal::MessagesDelivered::Delivery& delivery,
                            const MessageHead& head, Step& step);
  absl::Status deliver_to_devices(const internal::MessagesDelivered::Delivery& delivery,
                                  const MessageHead& head, Step& step);
  absl::Status deliver_to_device(DeviceRef device, bool opened, const MessageHead& head,
                                 Step& step);

  Store& store_;
  Apps& apps_;
  Registry& registry_;
  const Messages& messages_;
  const Inbox& inbox_;
  LiveCasts& live_casts_;
};

}  // namespace tocsin::storage
