// MessageList: the messages of an app, newest first: all, or those with a label or of a group.
//
// All of them are the rows of `casts`, two runs of rising ids that are merged from their ends; for
// labels and groups there is a row each in `details`. Both go when the message's report may go;
// until then, those whose report has ended are passed over.
//
// Thread: the storage lane.  Bound: page_rows_max rows looked at for a page.
#pragma once

#include <string_view>

#include <absl/status/statusor.h>

#include "storage/storage.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

bool has_good_labels(const internal::Envelope& envelope);
// Requires has_good_labels().
void put_labels(const internal::Envelope& envelope, Store::Batch& batch);

// Those before `before` (0: the newest), at most `max`.
absl::StatusOr<MessagePage> list_messages(const Store& store, AppId app, MessageId before,
                                          size_t max, uint64_t now_ms);
absl::StatusOr<MessagePage> list_labelled(const Store& store, AppId app, const MessageLabel& label,
                                          MessageId before, size_t max, uint64_t now_ms);

}  // namespace tocsin::storage
