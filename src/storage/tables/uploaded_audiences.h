// Uploaded audiences: sets of devices that an app made itself, under a name.
//
// Thread: the storage lane.  Bound: audiences_per_app_max (the dispatcher's).
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "storage/store/store.h"
#include "storage/tables/registry.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// INVALID_ARGUMENT for a record that is none. Devices the app does not have are left out.
absl::Status apply_audience(const internal::AudienceChanged& record, const Store& store,
                            const Registry& registry, Store::Batch& batch);

absl::StatusOr<std::vector<std::string>> uploaded_names(const Store& store, AppId app);

}  // namespace tocsin::storage
