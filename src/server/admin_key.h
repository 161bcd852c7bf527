// The admin key: made on first start, kept in data_dir/admin.key for the operator, known to the
// dispatcher only as a hash.
//
// Thread: start-up.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "runtime/tls/key_material.h"

namespace tocsin::server {

// The SHA-256 of the key in `file`; a missing file is created (mode 0600). FAILED_PRECONDITION with
// the file's name when it cannot be read or written, or contains no key.
absl::StatusOr<runtime::Sha256> load_or_make_admin_key(const std::string& file);

}  // namespace tocsin::server
