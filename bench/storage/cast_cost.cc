#include "storage/cast_cost.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/direct_store.h"
#include "storage/disk_use.h"
#include "storage/log_records.h"

namespace tocsin::storage_bench {
namespace {

struct OneCast {
  double ms = 0;
  double disk_bytes = 0;
};

// At rest before, so that no compaction's files come and go meanwhile.
absl::StatusOr<uint64_t> flushed_bytes(DirectStore& store, const std::string& folder) {
  if (auto status = store.store().flush(/*wait=*/true); !status.ok()) return status;
  wait_until_at_rest(folder);
  return bytes_of_folder(folder);
}

absl::StatusOr<OneCast> cast_once(DirectStore& store, const std::string& folder, MessageId id) {
  const auto before = flushed_bytes(store, folder);
  if (!before.ok()) return before.status();
  std::string record = cast_to_everyone({id, wall_ms()});
  const uint64_t start_ns = monotonic_ns();
  if (auto status = store.apply(std::move(record)); !status.ok()) return status;
  OneCast cast;
  cast.ms = static_cast<double>(monotonic_ns() - start_ns) / 1e6;
  if (auto status = store.store().flush(/*wait=*/true); !status.ok()) return status;
  cast.disk_bytes = static_cast<double>(bytes_of_folder(folder)) - static_cast<double>(*before);
  const auto books = store.books(id);
  if (!books.ok()) return books.status();
  if (books->targeted.size() == store.devices() && books->pending().size() == store.devices())
    return cast;
  return absl::InternalError(fmt::format("a cast to everyone is for {} of {} devices",
                                         books->targeted.size(), store.devices()));
}

}  // namespace

absl::StatusOr<CastResult> measure_casts(const std::string& folder, const CastOptions& options) {
  auto store = DirectStore::open(folder);
  if (!store.ok()) return store.status();
  MessageIdSource ids(1);
  std::vector<double> ms;
  std::vector<double> disk_bytes;
  for (uint32_t i = 0; i < options.casts; ++i) {
    const auto cast = cast_once(**store, folder, ids.next(wall_ms()));
    if (!cast.ok()) return cast.status();
    ms.push_back(cast->ms);
    disk_bytes.push_back(cast->disk_bytes);
  }
  CastResult result;
  result.first_ms = ms.front();
  result.ms = figures::spread_of(std::move(ms));
  result.disk_bytes = figures::spread_of(std::move(disk_bytes));
  return result;
}

}  // namespace tocsin::storage_bench
