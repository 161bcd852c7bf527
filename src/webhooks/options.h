// Settings of the webhooks role (docs/webhooks.md).
//
// Thread: values.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"

namespace tocsin::webhooks {

struct Options {
  std::string ca_pem = {};      // authorities to trust; empty: the system's
  bool allow_loopback = false;  // addresses of this machine, and http:// to them
  std::string proxy = {};       // "http://host:port" between this machine and others; empty: none
  uint32_t post_ms_max = limits::webhook_post_ms_max;
  uint32_t retry_base_ms = limits::webhook_retry_base_ms;
  uint32_t retry_cap_ms = limits::webhook_retry_cap_ms;
  uint64_t keep_trying_ms = limits::webhook_keep_trying_ms;
  uint32_t attempts_min = limits::webhook_attempts_min;
};

}  // namespace tocsin::webhooks
