// SendQuota: limits how often an app may send: a token bucket for each app that has a rate set.
//
// Thread: one owner.
// Bound: one bucket per app.
#pragma once

#include <cstdint>
#include <unordered_map>

#include <absl/status/status.h>

#include "cluster/bus_message.h"

namespace tocsin::dispatcher {

class SendQuota {
 public:
  // Count one send of `app` at `now_ms`. RESOURCE_EXHAUSTED, naming the limit and when to try
  // again, when the app has used up what its settings allow.
  absl::Status admit(const cluster::AppConfig& app, uint64_t now_ms);

 private:
  struct Bucket {
    double tokens = 0;
    uint64_t filled_at_ms = 0;
  };
  std::unordered_map<uint32_t, Bucket> by_app_;
};

}  // namespace tocsin::dispatcher
