// The webhook in an app's settings: whether it is allowed, and what its requests are signed with.
//
// The secret is shown once, in the answer to the call for which it was generated; after that it can
// be replaced, but not read.
//
// Thread: pure functions.
#pragma once

#include <string>

#include "dispatcher/reply/field_faults.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::dispatcher {

// Add to `faults` what is wrong with the webhook in `wanted`.
void check_webhook(const v1::AppSettings& wanted, bool allow_loopback, FieldFaults& faults);

struct WebhookSecret {
  std::string text;     // empty: there is no webhook
  bool is_new = false;  // was generated, so the caller must be told
};

// The secret to store for `wanted`, which was checked: the one given, else `current`, else a new
// one.
WebhookSecret webhook_secret_for(const v1::AppSettings& wanted, const std::string& current);

}  // namespace tocsin::dispatcher
