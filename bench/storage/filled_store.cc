#include "storage/filled_store.h"

#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "harness/proc.h"
#include "harness/progress.h"
#include "harness/resident_watch.h"
#include "harness/try.h"
#include "storage/direct_store.h"
#include "storage/disk_use.h"
#include "storage/log_records.h"

namespace tocsin::storage_bench {
namespace {

constexpr int sample_ms = 50;

double seconds_since(uint64_t start_ns) {
  return static_cast<double>(monotonic_ns() - start_ns) / 1e9;
}

// Device n is registered at position n + 2, behind the app.
absl::Status register_all(const Fleet& fleet, DirectStore& store) {
  const uint64_t now_ms = wall_ms();
  if (store.position() == 0) TOCSIN_TRY(store.apply(app_created(now_ms)));
  const uint64_t first = store.position() - 1;
  harness::Progress progress("registered", fleet.devices());
  size_t bytes_since_flush = 0;
  for (uint64_t number = first; number < fleet.devices(); ++number) {
    std::string record = fleet.registration(number, now_ms);
    bytes_since_flush += record.size();
    TOCSIN_TRY(store.apply(std::move(record)));
    if (bytes_since_flush >= limits::store_flush_bytes) {
      bytes_since_flush = 0;
      TOCSIN_TRY(store.store().flush(/*wait=*/false));
    }
    if (number % 1024 == 0) progress.show(number);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FilledStore> FilledStore::make(const Fleet& fleet, const std::string& folder) {
  FilledStore filled(folder);
  FillResult& result = filled.result_;
  result.rss_bytes_before = harness::resident_bytes_now(::getpid());
  harness::ResidentWatch watch(::getpid(), sample_ms);
  TOCSIN_TAKE(const auto store, DirectStore::open(folder));
  const uint64_t there = store->devices();
  const uint64_t start_ns = monotonic_ns();
  const uint64_t start_cpu_ns = harness::thread_cpu_ns();
  TOCSIN_TRY(register_all(fleet, *store));
  result.seconds = seconds_since(start_ns);
  result.registered = store->devices() - there;
  if (result.registered > 0) {
    result.cpu_us_per_device = static_cast<double>(harness::thread_cpu_ns() - start_cpu_ns) / 1e3 /
                               static_cast<double>(result.registered);
  }
  const uint64_t settle_ns = monotonic_ns();
  TOCSIN_TRY(store->store().flush(/*wait=*/true));
  wait_until_at_rest(folder);
  result.settle_seconds = seconds_since(settle_ns);
  result.disk_bytes = bytes_of_folder(folder);
  result.rss_bytes_at_rest = harness::resident_bytes_now(::getpid());
  watch.end();
  result.rss_bytes_peak = watch.peak();
  if (store->devices() == fleet.devices()) return filled;
  return absl::FailedPreconditionError(fmt::format("{} has {} devices, not {}; remove it", folder,
                                                   store->devices(), fleet.devices()));
}

absl::StatusOr<cluster::Position> FilledStore::copy_to(const std::string& folder) const {
  TOCSIN_TAKE(const auto store, storage::Store::open(folder_));
  TOCSIN_TRY(store->checkpoint(folder));
  return store->state().position;
}

}  // namespace tocsin::storage_bench
