#include "storage/direct_store.h"

#include "base/check.h"
#include "base/clock.h"
#include "harness/try.h"
#include "storage/fleet.h"

namespace tocsin::bench::storage_bench {

absl::StatusOr<std::unique_ptr<DirectStore>> DirectStore::open(const std::string& folder) {
  TOCSIN_TAKE(auto store, storage::Store::open(folder));
  std::unique_ptr<DirectStore> opened(new DirectStore(std::move(store)));
  TOCSIN_TRY(opened->load());
  return opened;
}

absl::Status DirectStore::load() {
  TOCSIN_TRY(apps_.load(*store_));
  TOCSIN_TRY(registry_.load());
  TOCSIN_TRY(live_casts_.load(*store_, wall_ms(), names_));
  return webhooks_.load(*store_);
}

absl::Status DirectStore::apply(std::string record) {
  storage::Applied unheard;
  return record_apply_.apply({position() + 1, std::move(record)}, unheard);
}

absl::StatusOr<storage::BookSets> DirectStore::books(MessageId message) const {
  TOCSIN_TAKE(const auto head, messages_.head(bench_app, message));
  TOCSIN_CHECK(head.has_value());
  return storage::read_book_sets(*store_, head->book());
}

}  // namespace tocsin::bench::storage_bench
