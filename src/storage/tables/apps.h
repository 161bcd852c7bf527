// Apps: the app rows with their keys and settings, and the table of them that everybody gets.
//
// Thread: the storage thread; tables given out are immutable.  Bound: apps_max (the dispatcher's),
// keys_per_app_max.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "cluster/bus_message.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// What a row says; nullopt when it is not an app. The key that was given at creation is there as
// "default", unless a key of that name has ever been put or removed.
std::optional<cluster::AppConfig> config_of(const internal::AppRow& row);

// nullopt: no id, or a hash of a wrong length.
std::optional<cluster::AppKey> key_of(const internal::AppKey& stored);

// nullopt: there is no such app. DATA_LOSS for a row that cannot be read.
absl::StatusOr<std::optional<internal::AppRow>> app_row(AppId app, const Store& store);

// The name of the key that an app is created with.
inline constexpr char creation_key_id[] = "default";

class Apps {
 public:
  absl::Status load(const Store& store);

  // What the store holds of an app has changed.
  void set(const cluster::AppConfig& config) { apps_[config.id.value] = config; }

  size_t size() const { return apps_.size(); }
  bool has_webhook(AppId app) const;
  // If two apps have one name, the first created has it.
  cluster::AppsChanged table() const;

 private:
  std::map<uint32_t, cluster::AppConfig> apps_;
};

}  // namespace tocsin::storage
