// What happens to messages is queued for the app's webhook, if it has one; and what the records of
// webhooks do to that queue and to the dead letters (tables/webhook_queues.h has the picture).
//
// Thread: the storage thread.
// Bound: webhook_queue_bytes_max and one record's events per app; dead_letters_max per app.
#pragma once

#include <absl/status/status.h>

#include "cluster/delivery_states.h"
#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Note that devices have come to a state; queue_news() queues it. Nothing when the app has no
// webhook, webhooks are not told of the state, or no devices are given.
void tell_webhook(AppId app, internal::DeliveryState state, MessageId message,
                  const sets::DeviceSet& devices, const ApplyParts& parts, ApplyStep& step);
// The same for the users that opened it.
void tell_webhook_opened(AppId app, MessageId message, const sets::DeviceSet& devices,
                         const ApplyParts& parts, ApplyStep& step);
// Queue what `record` made happen, in its order and in its batch.
absl::Status queue_news(const internal::Record& record, const ApplyParts& parts, ApplyStep& step);

// INVALID_ARGUMENT for a record without app or events. Of events and dead letters that are not
// there, nothing.
absl::Status advance_webhook(const internal::WebhookAdvanced& record, const ApplyParts& parts,
                             ApplyStep& step);
absl::Status change_dead_letters(const internal::DeadLettersChanged& record,
                                 const ApplyParts& parts, ApplyStep& step);
// The app has no webhook any more: nothing of it waits. Numbers go on where they were.
void clear_webhook(AppId app, const ApplyParts& parts, ApplyStep& step);

}  // namespace tocsin::storage
