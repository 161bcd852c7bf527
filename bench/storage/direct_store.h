// DirectStore: a store and everything that applies log records to it, with no log, bus or thread:
// what a record costs there, and nothing else.
//
// Thread: one owner, in the place of the storage lane.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <absl/status/statusor.h>

#include "storage/apply/record_apply.h"
#include "storage/storage.h"
#include "storage/tables/book_sets.h"

namespace tocsin::bench::storage_bench {

class DirectStore {
 public:
  // As storage::Store::open().
  static absl::StatusOr<std::unique_ptr<DirectStore>> open(const std::string& folder);

  // Apply the record at the next position.
  absl::Status apply(std::string record);

  cluster::Position position() const { return store_->state().position; }
  uint64_t devices() const { return registry_.devices(); }
  // Requires a message that was applied.
  absl::StatusOr<storage::BookSets> books(MessageId message) const;
  storage::Store& store() { return *store_; }

 private:
  explicit DirectStore(std::unique_ptr<storage::Store> store) : store_(std::move(store)) {}
  absl::Status load();

  std::unique_ptr<storage::Store> store_;
  storage::Apps apps_;
  storage::Registry registry_{*store_};
  storage::Messages messages_{*store_};
  storage::Inbox inbox_{*store_};
  storage::InboxTallies inbox_tallies_;
  storage::LiveCasts live_casts_;
  storage::TraitNames names_;
  storage::WebhookQueues webhooks_;
  storage::RecordApply record_apply_{{*store_, apps_, registry_, messages_, inbox_, inbox_tallies_,
                                      live_casts_, names_, webhooks_}};
};

}  // namespace tocsin::bench::storage_bench
