#include "storage/tables/webhook_queues.h"

#include <utility>

#include "base/fixed_int.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
absl::Status WebhookQueues::load(const Store& store) {
  const auto rows = store.rows(Family::webhooks, std::string(1, webhook_queue_rows));
  for (; rows->valid(); rows->next()) {
    Row row;
    const bool is_key = rows->key().size() == webhook_queue_key({}).size();
    if (!is_key || !parse_webhook_row(rows->value(), row)) return unreadable_webhook_row();
    rows_[get_be<uint32_t>(rows->key().substr(1))] = std::move(row);
  }
  return rows->status();
}

std::vector<AppId> WebhookQueues::waiting() const {
  std::vector<AppId> apps;
  for (const auto& [app, row] : rows_) {
    if (row.events() > 0) apps.push_back(AppId{app});
  }
  return apps;
}

WebhookQueues::Row WebhookQueues::row(AppId app) const {
  const auto found = rows_.find(app.value);
  if (found != rows_.end()) return found->second;
  Row fresh;
  fresh.set_next(1);
  fresh.set_first(1);
  return fresh;
}

}  // namespace tocsin::storage
