#include "storage/direct_store.h"

#include <utility>

#include "base/clock.h"
#include "storage/log_records.h"
#include "storage/questions/books.h"

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

absl::StatusOr<storage::Books> DirectStore::books(MessageId message) const {
  return storage::read_books(*store_, messages_, bench_app, message, wall_ms());
}

}  // namespace tocsin::storage_bench
