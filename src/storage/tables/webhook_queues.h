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
// Thread: the storage lane.
// Bound: webhook_queue_bytes_max and one record's events an app; dead_letters_max an app.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "sets/device_set.h"
#include "storage/store/store.h"
#include "storage/tables/webhook_event.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// What a record made happen to a message.
struct WebhookNews {
  AppId app;
  WebhookEvent::Kind kind = WebhookEvent::Kind::delivered;
  MessageId message;
  sets::DeviceSet devices;
};

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

  // Queue what one record made happen, in its order.
  absl::Status enter(std::span<const WebhookNews> news, uint64_t at_ms, const Store& store,
                     Store::Batch& batch);
  // INVALID_ARGUMENT for a record that is none. Of events and dead letters that are not there,
  // nothing.
  absl::Status apply(const internal::WebhookAdvanced& record, const Store& store,
                     Store::Batch& batch);
  absl::Status apply(const internal::DeadLettersChanged& record, const Store& store,
                     Store::Batch& batch);
  // The app has no webhook any more: nothing of it waits. Numbers go on where they were.
  void clear(AppId app, Store::Batch& batch);

  std::vector<AppId> waiting() const;
  WebhookQueue queue(AppId app) const;
  // No event of the app that waits has a smaller number.
  uint64_t first(AppId app) const { return row(app).first(); }

 private:
  using Row = internal::WebhookQueueRow;
  Row row(AppId app) const;
  void put(AppId app, const Row& row, Store::Batch& batch);
  absl::Status drop_oldest(AppId app, Row& row, const Store& store, Store::Batch& batch) const;
  absl::Status bury(AppId app, const internal::DeadLetterRow& letter, Row& row, const Store& store,
                    Store::Batch& batch) const;

  std::map<uint32_t, Row> rows_;
};

}  // namespace tocsin::storage
