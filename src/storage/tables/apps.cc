#include "storage/tables/apps.h"

#include <algorithm>

#include "base/check.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

constexpr char creation_key_id[] = "default";
// What the key of the creation may do: send, read, administer and alert, but not operate the
// server. Bits 1 << tocsin.v1.Scope.
constexpr uint32_t creation_key_scopes = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;

template <size_t size>
bool fill(const std::string& from, std::array<uint8_t, size>& to) {
  if (from.size() != size) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

std::optional<cluster::AppKey> key_of(const internal::AppKey& stored) {
  cluster::AppKey key{stored.key_id(),        {},
                      stored.scopes(),        stored.label(),
                      stored.created_at_ms(), stored.expires_at_ms()};
  const bool has_id = !key.id.empty() && key.id.size() <= limits::key_id_bytes_max;
  if (!has_id || !fill(stored.key_hash(), key.hash)) return std::nullopt;
  return key;
}

cluster::AppSettings settings_of(const internal::AppSettings& stored) {
  return {stored.sends_per_s(),
          stored.send_burst(),
          stored.payload_bytes_max(),
          stored.live_casts_max(),
          stored.everyone_needs_release(),
          stored.messages_per_device_per_day(),
          stored.webhook_url(),
          stored.webhook_secret()};
}

absl::StatusOr<std::optional<internal::AppRow>> row_of(AppId app, const Store& store) {
  const auto bytes = store.get(Family::apps, app_key(app));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::AppRow>();
  internal::AppRow row;
  if (!row.ParseFromString(**bytes)) return absl::DataLossError("a row of `apps` is not an app");
  return std::optional<internal::AppRow>(std::move(row));
}

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

}  // namespace

std::optional<cluster::AppConfig> config_of(const internal::AppRow& row) {
  cluster::AppConfig config;
  config.id = AppId{row.app_id()};
  config.name = row.name();
  config.key_epoch = row.key_epoch();
  config.created_at_ms = row.created_at_ms();
  config.settings = settings_of(row.settings());
  cluster::AppKey at_creation{creation_key_id, {}, creation_key_scopes, {}, row.created_at_ms(), 0};
  const bool keys_ok = fill(row.send_key_hash(), at_creation.hash) &&
                       fill(row.registration_key(), config.registration_key) &&
                       fill(row.device_master_secret(), config.device_master_secret);
  if (!keys_ok || config.id.value == 0 || config.name.empty()) return std::nullopt;
  if (!row.creation_key_is_gone()) config.keys.push_back(std::move(at_creation));
  for (const internal::AppKey& stored : row.keys()) {
    auto key = key_of(stored);
    if (!key) return std::nullopt;
    config.keys.push_back(*std::move(key));
  }
  return config;
}

absl::Status Apps::load(const Store& store) {
  const auto rows = store.rows(Family::apps, {});
  for (; rows->valid(); rows->next()) {
    internal::AppRow row;
    const bool parsed =
        row.ParseFromArray(rows->value().data(), static_cast<int>(rows->value().size()));
    const auto config = parsed ? config_of(row) : std::nullopt;
    if (!config) return absl::DataLossError("a row of `apps` is not an app");
    apps_[config->id.value] = *config;
  }
  return rows->status();
}

absl::Status Apps::apply(const internal::AppCreated& record, const Store& store,
                         Store::Batch& batch) {
  const auto before = row_of(AppId{record.app_id()}, store);
  if (!before.ok()) return before.status();
  internal::AppRow row;
  TOCSIN_CHECK(row.ParseFromString(record.SerializeAsString()));  // it begins with the same fields
  if (before->has_value()) {
    *row.mutable_keys() = (*before)->keys();
    if ((*before)->has_settings()) *row.mutable_settings() = (*before)->settings();
    row.set_creation_key_is_gone((*before)->creation_key_is_gone());
  }
  return put(row, batch);
}

absl::Status Apps::apply(const internal::AppChanged& record, const Store& store,
                         Store::Batch& batch) {
  using Change = internal::AppChanged;
  const bool is_change = record.change_case() != Change::CHANGE_NOT_SET;
  if (!is_change || (record.has_key() && !key_of(record.key()))) {
    return absl::InvalidArgumentError(
        "a change of an app that changes nothing, or a key without an id or of a wrong length");
  }
  auto row = row_of(AppId{record.app_id()}, store);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return absl::OkStatus();
  if (record.has_key()) put_key(record.key(), **row);
  if (record.has_settings()) *(*row)->mutable_settings() = record.settings();
  if (record.change_case() == Change::kRemovedKeyId) remove_key(record.removed_key_id(), **row);
  const auto config = config_of(**row);
  if (config && config->keys.size() > limits::keys_per_app_max) return absl::OkStatus();
  return put(**row, batch);
}

bool Apps::has_webhook(AppId app) const {
  const auto found = apps_.find(app.value);
  return found != apps_.end() && !found->second.settings.webhook_url.empty();
}

absl::Status Apps::put(const internal::AppRow& row, Store::Batch& batch) {
  const auto config = config_of(row);
  if (!config) {
    return absl::InvalidArgumentError("app without an id or a name, or a key of a wrong length");
  }
  batch.put(Family::apps, app_key(config->id), row.SerializeAsString());
  batch.then([this, config = *config] { apps_[config.id.value] = config; });
  return absl::OkStatus();
}

cluster::AppsChanged Apps::table() const {
  auto table = std::make_shared<cluster::AppTable>();
  for (const auto& [id, config] : apps_) {
    table->by_id.emplace(id, config);
    table->id_by_name.emplace(config.name, id);
  }
  return table;
}

}  // namespace tocsin::storage
