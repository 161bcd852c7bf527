#include "storage/apply/app_records.h"

#include <algorithm>

#include "base/check.h"
#include "storage/apply/webhook_records.h"
#include "storage/store/keys.h"
#include "storage/tables/apps.h"

namespace tocsin::storage {
namespace {

void remove_key(const std::string& key_id, internal::AppRow& row) {
  if (key_id == creation_key_id) row.set_creation_key_is_gone(true);
  auto& keys = *row.mutable_keys();
  keys.erase(std::remove_if(keys.begin(), keys.end(),
                            [&](const auto& key) { return key.key_id() == key_id; }),
             keys.end());
}

void put_key(const internal::AppKey& key, internal::AppRow& row) {
  if (key.key_id() == creation_key_id) row.set_creation_key_is_gone(true);
  for (internal::AppKey& kept : *row.mutable_keys()) {
    if (kept.key_id() == key.key_id()) {
      kept = key;
      return;
    }
  }
  *row.add_keys() = key;
}

absl::Status put(const internal::AppRow& row, const ApplyParts& parts, ApplyStep& step) {
  const auto config = config_of(row);
  if (!config) {
    return absl::InvalidArgumentError("app without an id or a name, or a key of a wrong length");
  }
  step.batch.put(Family::apps, app_key(config->id), row.SerializeAsString());
  step.batch.then([&apps = parts.apps, config = *config] { apps.set(config); });
  return absl::OkStatus();
}

}  // namespace

absl::Status create_app(const internal::AppCreated& record, const ApplyParts& parts,
                        ApplyStep& step) {
  step.next.log_time_ms = record.created_at_ms();
  step.told.apps_changed = true;
  const auto before = app_row(AppId{record.app_id()}, parts.store);
  if (!before.ok()) return before.status();
  internal::AppRow row;
  TOCSIN_CHECK(row.ParseFromString(record.SerializeAsString()));  // it begins with the same fields
  if (before->has_value()) {
    *row.mutable_keys() = (*before)->keys();
    if ((*before)->has_settings()) *row.mutable_settings() = (*before)->settings();
    row.set_creation_key_is_gone((*before)->creation_key_is_gone());
  }
  return put(row, parts, step);
}

absl::Status change_app(const internal::AppChanged& record, const ApplyParts& parts,
                        ApplyStep& step) {
  step.next.log_time_ms = record.changed_at_ms();
  step.told.apps_changed = true;
  if (record.has_settings() && record.settings().webhook_url().empty()) {
    clear_webhook(AppId{record.app_id()}, parts, step);
  }
  using Change = internal::AppChanged;
  const bool is_change = record.change_case() != Change::CHANGE_NOT_SET;
  if (!is_change || (record.has_key() && !key_of(record.key()))) {
    return absl::InvalidArgumentError(
        "a change of an app that changes nothing, or a key without an id or of a wrong length");
  }
  auto row = app_row(AppId{record.app_id()}, parts.store);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return absl::OkStatus();
  if (record.has_key()) put_key(record.key(), **row);
  if (record.has_settings()) *(*row)->mutable_settings() = record.settings();
  if (record.change_case() == Change::kRemovedKeyId) remove_key(record.removed_key_id(), **row);
  const auto config = config_of(**row);
  if (config && config->keys.size() > limits::keys_per_app_max) return absl::OkStatus();
  return put(**row, parts, step);
}

}  // namespace tocsin::storage
