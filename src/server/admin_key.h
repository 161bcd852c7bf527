// The admin key: made on first start, kept in data_dir/admin.key for the operator, known to the
// dispatcher as a hash only.
//
// Thread: start-up.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "runtime/tls/key_material.h"

namespace tocsin::server {

// The SHA-256 of the key in `file`; the file is made (mode 0600) when it is not there.
// FAILED_PRECONDITION with the file's name when it cannot be read, written or holds no key.
absl::StatusOr<runtime::Sha256> load_or_make_admin_key(const std::string& file);

}  // namespace tocsin::server
