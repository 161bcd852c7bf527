#include "storage/direct_store.h"

#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "storage/log_records.h"
#include "storage/tables/book_sets.h"

namespace tocsin::storage_bench {

absl::StatusOr<std::unique_ptr<DirectStore>> DirectStore::open(const std::string& folder) {
  auto store = storage::Store::open(folder);
  if (!store.ok()) return store.status();
  std::unique_ptr<DirectStore> opened(new DirectStore(*std::move(store)));
  if (auto status = opened->load(); !status.ok()) return status;
  return opened;
}

absl::Status DirectStore::load() {
  if (auto status = apps_.load(*store_); !status.ok()) return status;
  if (auto status = registry_.load(); !status.ok()) return status;
  if (auto status = live_casts_.load(*store_, wall_ms(), names_); !status.ok()) return status;
  return webhooks_.load(*store_);
}

absl::Status DirectStore::apply(std::string record) {
  storage::Applied unheard;
  return record_apply_.apply({position() + 1, std::move(record)}, unheard);
}

absl::StatusOr<storage::BookSets> DirectStore::books(MessageId message) const {
  const auto head = messages_.head(bench_app, message);
  if (!head.ok()) return head.status();
  TOCSIN_CHECK(head->has_value());
  return storage::read_book_sets(*store_, (*head)->book());
}

}  // namespace tocsin::storage_bench
