// Apps: the app rows, and the table of them that everybody gets.
//
// Thread: the storage lane; tables given out are immutable.  Bound: apps_max (the dispatcher's).
#pragma once

#include <map>

#include <absl/status/status.h>

#include "cluster/bus_message.h"
#include "storage/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

class Apps {
 public:
  absl::Status load(const Store& store);

  // Create or replace. INVALID_ARGUMENT for a record that is not an app.
  absl::Status apply(const internal::AppCreated& record, Store::Batch& batch);

  size_t size() const { return apps_.size(); }
  // If two apps have one name, the first created has it.
  cluster::AppsChanged table() const;

 private:
  std::map<uint32_t, cluster::AppConfig> apps_;
};

}  // namespace tocsin::storage
