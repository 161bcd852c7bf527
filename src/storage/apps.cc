#include "storage/apps.h"

#include <algorithm>
#include <optional>

#include "runtime/log.h"
#include "storage/keys.h"

namespace tocsin::storage {
namespace {

template <size_t size>
bool fill(const std::string& from, std::array<uint8_t, size>& to) {
  if (from.size() != size) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

std::optional<cluster::AppConfig> config_of(const internal::AppCreated& record) {
  cluster::AppConfig config;
  config.id = AppId{record.app_id()};
  config.name = record.name();
  config.key_epoch = record.key_epoch();
  config.created_at_ms = record.created_at_ms();
  const bool keys_ok = fill(record.send_key_hash(), config.send_key_hash) &&
                       fill(record.registration_key(), config.registration_key) &&
                       fill(record.device_master_secret(), config.device_master_secret);
  if (!keys_ok || config.id.value == 0 || config.name.empty()) return std::nullopt;
  return config;
}

}  // namespace

absl::Status Apps::load(const Store& store) {
  const auto rows = store.rows(Family::apps, {});
  for (; rows->valid(); rows->next()) {
    internal::AppCreated record;
    const bool parsed =
        record.ParseFromArray(rows->value().data(), static_cast<int>(rows->value().size()));
    const auto config = parsed ? config_of(record) : std::nullopt;
    if (!config) return absl::DataLossError("a row of `apps` is not an app");
    apps_[config->id.value] = *config;
  }
  return rows->status();
}

absl::Status Apps::apply(const internal::AppCreated& record, Store::Batch& batch) {
  const auto config = config_of(record);
  if (!config) {
    return absl::InvalidArgumentError("app without an id or a name, or a key of a wrong length");
  }
  batch.put(Family::apps, app_key(config->id), record.SerializeAsString());
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
