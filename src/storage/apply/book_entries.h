// Writing what became of a message: its sets, and how long its deliveries took.
//
// Thread: the storage thread.
#pragma once

#include <absl/status/status.h>

#include "storage/store/batch.h"
#include "storage/tables/book_sets.h"
#include "storage/tables/messages.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Add `devices` to one of the message's sets.
void enter_in_book(BookId book, BookSet kind, const sets::DeviceSet& devices, Batch& batch);

// Add what a record says of one message. Read and written in one step: a message is in a record
// once.
absl::Status add_latencies(const internal::MessagesDelivered::Delivery& delivery,
                           const MessageHead& head, const Store& store, Batch& batch);

}  // namespace tocsin::storage
