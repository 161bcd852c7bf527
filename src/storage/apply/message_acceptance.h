// MessageAcceptance: what an accepted message does to the store: its row, whom it is for, and what
// it replaces.
//
// Thread: the storage thread.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// INVALID_ARGUMENT for a record that is none. A message that is stored already changes nothing.
absl::Status accept_message(const internal::MessageAccepted& record, const ApplyParts& parts,
                            ApplyStep& step);

}  // namespace tocsin::storage
