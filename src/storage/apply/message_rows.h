// Writing the row of a message.
//
// Thread: the storage thread.
#pragma once

#include "storage/store/batch.h"
#include "storage/tables/messages.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// The row, and that it is listed under its label and its group. Requires has_good_labels().
void put_message(const internal::MessageRow& row, const Messages& messages, Batch& batch);

}  // namespace tocsin::storage
