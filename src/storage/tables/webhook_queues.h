// WebhookQueues: the events that wait for apps' webhooks, and those that were given up.
//
//   enter() -> queue --advanced--> gone
//                |  \--too many--> gone, and counted
//                |------advanced, given up--> dead letter --too many--> gone, and counted
//                ^--------retried-----------------/  \--forgotten--> gone
//
// An event keeps its sequence number, which is its id to the app and its place in the order, also
// when it comes back from a dead letter. The rows are state: they follow from the log alone.
//
// Thread: the storage thread.
// Bound: webhook_queue_bytes_max and one record's events an app; dead_letters_max an app.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "base/ids.h"
#include "storage/store/store.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// Whether the bytes are such a row of `webhooks`.
template <typename Row>
bool parse_webhook_row(std::string_view bytes, Row& row) {
  return row.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}
inline absl::Status unreadable_webhook_row() {
  return absl::DataLossError("a row of `webhooks` cannot be read");
}

class WebhookQueues {
 public:
  absl::Status load(const Store& store);

  std::vector<AppId> waiting() const;
  // No event of the app that waits has a smaller number.
  uint64_t first(AppId app) const { return row(app).first(); }

  using Row = internal::WebhookQueueRow;
  Row row(AppId app) const;
  bool has(AppId app) const { return rows_.contains(app.value); }
  // The row in the store has changed.
  void set(AppId app, const Row& row) { rows_[app.value] = row; }

 private:
  std::map<uint32_t, Row> rows_;
};

}  // namespace tocsin::storage
