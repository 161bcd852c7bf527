#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "harness/figures.h"
#include "harness/try.h"
#include "storage/direct_store.h"
#include "storage/disk_use.h"
#include "storage/parts.h"

namespace tocsin::bench::storage_bench {
namespace {

struct OneCast {
  double ms = 0;
  double disk_bytes = 0;
};

// At rest before, so that no compaction's files come and go meanwhile.
absl::StatusOr<uint64_t> flushed_bytes(DirectStore& store, const std::string& folder) {
  TOCSIN_TRY(store.store().flush(/*wait=*/true));
  wait_until_at_rest(folder);
  return bytes_of_folder(folder);
}

absl::StatusOr<OneCast> cast_once(DirectStore& store, const std::string& folder, MessageId id) {
  TOCSIN_TAKE(const uint64_t before, flushed_bytes(store, folder));
  std::string record = cast_to_everyone({id, wall_ms()});
  const uint64_t start_ns = monotonic_ns();
  TOCSIN_TRY(store.apply(std::move(record)));
  OneCast cast;
  cast.ms = ms_since(start_ns);
  TOCSIN_TRY(store.store().flush(/*wait=*/true));
  cast.disk_bytes = static_cast<double>(bytes_of_folder(folder)) - static_cast<double>(before);
  TOCSIN_TAKE(const storage::BookSets books, store.books(id));
  const uint64_t targeted = books.targeted.size();
  if (targeted == store.devices() && books.pending().size() == targeted) return cast;
  return absl::InternalError(
      fmt::format("a cast to everyone is for {} of {} devices", targeted, store.devices()));
}

}  // namespace

absl::Status measure_casts(const std::string& folder, uint32_t casts, Findings& findings) {
  TOCSIN_TAKE(const auto store, DirectStore::open(folder));
  MessageIdSource ids(1);
  double first_ms = 0;
  Series ms;
  Series disk_bytes;
  for (uint32_t i = 0; i < casts; ++i) {
    TOCSIN_TAKE(const OneCast cast, cast_once(*store, folder, ids.next(wall_ms())));
    if (i == 0) first_ms = cast.ms;
    ms.add(cast.ms);
    disk_bytes.add(cast.disk_bytes);
  }
  findings.document["cast"] = {{"first_ms", first_ms}, {"ms", ms}, {"disk_bytes", disk_bytes}};
  findings.measures.update(Json{{"cast_ms", ms.median()},
                                {"cast_first_ms", first_ms},
                                {"cast_disk_bytes", disk_bytes.median()}});
  findings.table += range_line("cast to all, none online, ms", ms, 2,
                               fmt::format(", the first {:.2f}", first_ms)) +
                    range_line("its growth of the folder, bytes", disk_bytes, 0);
  return absl::OkStatus();
}

}  // namespace tocsin::bench::storage_bench
