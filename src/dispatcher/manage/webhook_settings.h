// The webhook among an app's settings: whether it can be, and what its requests are signed with.
//
// The secret is shown once, in the answer to the call for which it was made up; after that it can
// be replaced, but not read.
//
// Thread: pure functions.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "tocsin/v1/apps.pb.h"

namespace tocsin::dispatcher {

// `status` with what is wrong with the webhook in `wanted`.
absl::Status check_webhook(absl::Status status, const v1::AppSettings& wanted, bool allow_loopback);

struct WebhookSecret {
  std::string text;     // empty: there is no webhook
  bool is_new = false;  // was made up, so whoever asked must be told
};

// The secret to keep for `wanted`, which was checked: the one given, else `current`, else a new
// one.
WebhookSecret webhook_secret_for(const v1::AppSettings& wanted, const std::string& current);

}  // namespace tocsin::dispatcher
