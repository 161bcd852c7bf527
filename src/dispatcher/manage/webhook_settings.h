// The webhook in an app's settings: whether it is allowed, and what its requests are signed with.
//
// The secret is shown once, in the answer to the call for which it was generated; after that it can
// be replaced, but not read.
//
// Thread: pure functions.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "tocsin/v1/apps.pb.h"

namespace tocsin::dispatcher {

// `status`, with whatever is wrong with the webhook in `wanted` added.
absl::Status check_webhook(absl::Status status, const v1::AppSettings& wanted, bool allow_loopback);

struct WebhookSecret {
  std::string text;     // empty: there is no webhook
  bool is_new = false;  // was generated, so the caller must be told
};

// The secret to store for `wanted`, which was checked: the one given, else `current`, else a new
// one.
WebhookSecret webhook_secret_for(const v1::AppSettings& wanted, const std::string& current);

}  // namespace tocsin::dispatcher
