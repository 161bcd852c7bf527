// Backlog: what one device has not had yet: its inbox rows and its live casts, merged into the
// order in which they are to be sent.
//
// Thread: the storage thread.  Bound: reads as many rows as it gives out, plus those it passes over.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include "storage/tables/inbox.h"
#include "storage/tables/live_casts.h"
#include "storage/tables/messages.h"
#include "storage/tables/traits.h"

namespace tocsin::storage {

struct BacklogQuery {
  DeviceRef device;
  AppId app;
  uint64_t now_ms = 0;
  // Alert casts accepted behind this position are the gateways' to offer.
  cluster::Position alerts_as_of = 0;
  Traits traits = {};  // the device's
  size_t room = 0;
  // Messages not to give out although they are not delivered: in flight, or acknowledged already.
  absl::FunctionRef<bool(MessageId)> skip;
};

struct BacklogPart {
  std::vector<cluster::SharedEnvelope> envelopes;  // at most `room`, in order
  bool more = false;                               // the next one is there, but there was no room
};

class Backlog {
 public:
  Backlog(const Messages& messages, const Inbox& inbox, const LiveCasts& live_casts,
          const TraitNames& names)
      : messages_(messages), inbox_(inbox), live_casts_(live_casts), names_(names) {}

  absl::StatusOr<BacklogPart> read(const BacklogQuery& query) const;

 private:
  const Messages& messages_;
  const Inbox& inbox_;
  const LiveCasts& live_casts_;
  const TraitNames& names_;
};

}  // namespace tocsin::storage
