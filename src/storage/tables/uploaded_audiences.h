// Uploaded audiences: sets of devices that an app made itself, under a name.
//
// Thread: the storage thread.  Bound: audiences_per_app_max (the dispatcher's).
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "storage/store/store.h"

namespace tocsin::storage {

absl::StatusOr<std::vector<std::string>> uploaded_names(const Store& store, AppId app);

}  // namespace tocsin::storage
