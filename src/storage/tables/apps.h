// Apps: the app rows with their keys and settings, and the table of them that everybody gets.
//
// Thread: the storage lane; tables given out are immutable.  Bound: apps_max (the dispatcher's),
// keys_per_app_max.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include <absl/status/status.h>

#include "cluster/bus_message.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// What a row says; nullopt when it is not an app. The key that was given at creation is there as
// "default", unless a key of that name has ever been put or removed.
std::optional<cluster::AppConfig> config_of(const internal::AppRow& row);

class Apps {
 public:
  absl::Status load(const Store& store);

  // Create or replace; keys and settings that the app has stay. INVALID_ARGUMENT for a record that
  // is not an app.
  absl::Status apply(const internal::AppCreated& record, const Store& store, Store::Batch& batch);
  // Of an app that is unknown, and of a key too many, nothing. INVALID_ARGUMENT for a key without
  // an id or whose hash has a bad length, or for no change at all.
  absl::Status apply(const internal::AppChanged& record, const Store& store, Store::Batch& batch);

  size_t size() const { return apps_.size(); }
  bool has_webhook(AppId app) const;
  // If two apps have one name, the first created has it.
  cluster::AppsChanged table() const;

 private:
  absl::Status put(const internal::AppRow& row, Store::Batch& batch);

  std::map<uint32_t, cluster::AppConfig> apps_;
};

}  // namespace tocsin::storage
