// MessageDelivery: what acknowledgements do to the books of messages.
//
// Thread: the storage thread.
#pragma once

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Those of messages and devices that are unknown, or too late, change nothing.
absl::Status deliver_messages(const internal::MessagesDelivered& record, const ApplyParts& parts,
                              ApplyStep& step);

}  // namespace tocsin::storage
