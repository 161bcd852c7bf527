#include "storage/tables/apps.h"

#include <algorithm>

#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

// What the key of the creation may do: send, read, administer and alert, but not operate the
// server. Bits 1 << tocsin.v1.Scope.
constexpr uint32_t creation_key_scopes = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;

template <size_t size>
bool fill(const std::string& from, std::array<uint8_t, size>& to) {
  if (from.size() != size) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
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

}  // namespace

std::optional<cluster::AppKey> key_of(const internal::AppKey& stored) {
  cluster::AppKey key{stored.key_id(),        {},
                      stored.scopes(),        stored.label(),
                      stored.created_at_ms(), stored.expires_at_ms()};
  const bool has_id = !key.id.empty() && key.id.size() <= limits::key_id_bytes_max;
  if (!has_id || !fill(stored.key_hash(), key.hash)) return std::nullopt;
  return key;
}

absl::StatusOr<std::optional<internal::AppRow>> app_row(AppId app, const Store& store) {
  const auto bytes = store.get(Family::apps, app_key(app));
  if (!bytes.ok()) return bytes.status();
  if (!bytes->has_value()) return std::optional<internal::AppRow>();
  internal::AppRow row;
  if (!row.ParseFromString(**bytes)) return absl::DataLossError("a row of `apps` is not an app");
  return std::optional<internal::AppRow>(std::move(row));
}

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

bool Apps::has_webhook(AppId app) const {
  const auto found = apps_.find(app.value);
  return found != apps_.end() && !found->second.settings.webhook_url.empty();
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
