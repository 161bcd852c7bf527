#include "storage/check/webhook_check.h"

#include <fmt/format.h>
#include <map>

#include "base/fixed_int.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

struct Counted {
  uint64_t events = 0;
  uint64_t bytes = 0;
  uint64_t dead_letters = 0;
};

class WebhookCheck {
 public:
  explicit WebhookCheck(StoreUnderCheck& checked) : checked_(checked) {}

  void check_row(std::string_view key, std::string_view value);
  void check_counts();

 private:
  void check_event(std::string_view key, std::string_view value);
  void check_dead_letter(std::string_view key, std::string_view value);
  void check_queue(std::string_view key, std::string_view value);
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::webhooks, key, what);
  }

  StoreUnderCheck& checked_;
  std::map<uint32_t, Counted> rows_;
  std::map<uint32_t, internal::WebhookQueueRow> queues_;
};

template <typename Row>
bool parse(std::string_view bytes, Row& row) {
  return row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

uint32_t app_of(std::string_view key) { return get_be<uint32_t>(key.substr(1)); }

void WebhookCheck::check_row(std::string_view key, std::string_view value) {
  const bool is_queue = key.starts_with(webhook_queue_rows);
  const size_t bytes = is_queue ? webhook_queue_key({}).size() : webhook_event_key({}, 0).size();
  if (key.size() != bytes) return wrong(key, "is of a kind this tocsind does not know");
  if (!checked_.known.apps.contains(app_of(key))) {
    wrong(key, fmt::format("belongs to app number {}, which does not exist", app_of(key)));
  }
  if (is_queue) return check_queue(key, value);
  if (key.starts_with(webhook_event_rows)) return check_event(key, value);
  if (key.starts_with(dead_letter_rows)) return check_dead_letter(key, value);
  wrong(key, "is of a kind this tocsind does not know");
}

void WebhookCheck::check_event(std::string_view key, std::string_view value) {
  internal::WebhookEventRow row;
  if (!parse(value, row) || row.sequence() != webhook_sequence_of_key(key) ||
      row.message_id() == 0 || row.devices().empty()) {
    return wrong(key, "is not an event");
  }
  Counted& counted = rows_[app_of(key)];
  ++counted.events;
  counted.bytes += value.size();
}

void WebhookCheck::check_dead_letter(std::string_view key, std::string_view value) {
  internal::DeadLetterRow row;
  if (!parse(value, row) || row.events().empty() ||
      row.events(0).sequence() != webhook_sequence_of_key(key)) {
    return wrong(key, "is not a dead letter");
  }
  ++rows_[app_of(key)].dead_letters;
  for (const auto& event : row.events()) {
    const auto waits = checked_.store().get(
        Family::webhooks, webhook_event_key(AppId{app_of(key)}, event.sequence()));
    if (waits.ok() && waits->has_value()) {
      wrong(key, fmt::format("has event {}, which waits too", event.sequence()));
    }
  }
}

void WebhookCheck::check_queue(std::string_view key, std::string_view value) {
  internal::WebhookQueueRow row;
  if (!parse(value, row) || row.first() == 0 || row.first() > row.next()) {
    return wrong(key, "is not the queue of a webhook");
  }
  queues_[app_of(key)] = row;
}

void WebhookCheck::check_counts() {
  for (const auto& [app, counted] : rows_) queues_.try_emplace(app);
  for (const auto& [app, queue] : queues_) {
    const Counted& counted = rows_[app];
    if (queue.events() != counted.events || queue.bytes() != counted.bytes) {
      checked_.finding(fmt::format(
          "app number {} has {} events of {} bytes for its webhook by its count, and rows for {} "
          "of {} bytes",
          app, queue.events(), queue.bytes(), counted.events, counted.bytes));
    }
    if (queue.dead_letters() != counted.dead_letters) {
      checked_.finding(fmt::format("app number {} has {} dead letters by its count and {} rows",
                                   app, queue.dead_letters(), counted.dead_letters));
    }
  }
}

}  // namespace

void check_webhooks(StoreUnderCheck& checked) {
  WebhookCheck check(checked);
  checked.each_row(Family::webhooks, [&](auto key, auto value) { check.check_row(key, value); });
  check.check_counts();
}

}  // namespace tocsin::storage
