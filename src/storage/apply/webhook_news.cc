#include "storage/apply/webhook_news.h"

namespace tocsin::storage {
namespace {

// An acknowledgement does not move log time: it says itself when it was gathered.
uint64_t time_of(const internal::Record& record, const ApplyStep& step) {
  const uint64_t gathered_at_ms = record.messages_delivered().gathered_at_ms();
  return gathered_at_ms > 0 ? gathered_at_ms : step.next.log_time_ms;
}

}  // namespace

void tell_webhook(AppId app, WebhookEvent::Kind kind, MessageId message,
                  const sets::DeviceSet& devices, const ApplyParts& parts, ApplyStep& step) {
  if (devices.empty() || !parts.apps.has_webhook(app)) return;
  step.news.push_back({app, kind, message, devices});
}

absl::Status enter_news(const internal::Record& record, const ApplyParts& parts, ApplyStep& step) {
  if (step.news.empty()) return absl::OkStatus();
  return parts.webhooks.enter(step.news, time_of(record, step), parts.store, step.batch);
}

}  // namespace tocsin::storage
