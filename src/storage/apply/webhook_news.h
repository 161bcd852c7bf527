// What a record made happen to a message is told to the app's webhook, if it has one.
//
// Thread: the storage lane.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Note it; enter_news() queues it. Nothing when the app has no webhook or no devices are given.
void tell_webhook(AppId app, WebhookEvent::Kind kind, MessageId message,
                  const sets::DeviceSet& devices, const ApplyParts& parts, ApplyStep& step);

// Queue what `record` made happen, in the batch of the record.
absl::Status enter_news(const internal::Record& record, const ApplyParts& parts, ApplyStep& step);

}  // namespace tocsin::storage
