#include "storage/filled_store.h"

#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "storage/direct_store.h"
#include "storage/disk_use.h"
#include "storage/log_records.h"
#include "storage/thread_cpu.h"
#include "storm/resident_watch.h"

namespace tocsin::storage_bench {
namespace {

constexpr int sample_ms = 50;
constexpr uint64_t say_interval_ns = 10'000'000'000;

double seconds_since(uint64_t start_ns) {
  return static_cast<double>(monotonic_ns() - start_ns) / 1e9;
}

// Says on standard error how far it is.
class Progress {
 public:
  Progress(uint64_t first, uint64_t total) : first_(first), total_(total) {}

  void show(uint64_t done) {
    if (monotonic_ns() - said_ns_ < say_interval_ns) return;
    said_ns_ = monotonic_ns();
    const double rate = static_cast<double>(done - first_) / seconds_since(start_ns_);
    fmt::print(stderr, "registered {} of {}, {:.0f}/s, {:.0f} s to go\n", done, total_, rate,
               static_cast<double>(total_ - done) / rate);
  }

 private:
  uint64_t first_;
  uint64_t total_;
  uint64_t start_ns_ = monotonic_ns();
  uint64_t said_ns_ = start_ns_;
};

// Device n is registered at position n + 2, behind the app.
absl::Status register_all(const Fleet& fleet, DirectStore& store) {
  const uint64_t now_ms = wall_ms();
  if (store.position() == 0) {
    if (auto status = store.apply(app_created(now_ms)); !status.ok()) return status;
  }
  const uint64_t first = store.position() - 1;
  Progress progress(first, fleet.devices());
  size_t bytes_since_flush = 0;
  for (uint64_t number = first; number < fleet.devices(); ++number) {
    std::string record = fleet.registration(number, now_ms);
    bytes_since_flush += record.size();
    if (auto status = store.apply(std::move(record)); !status.ok()) return status;
    if (bytes_since_flush >= limits::store_flush_bytes) {
      bytes_since_flush = 0;
      if (auto status = store.store().flush(/*wait=*/false); !status.ok()) return status;
    }
    if (number % 1024 == 0) progress.show(number);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FilledStore> FilledStore::make(const Fleet& fleet, const std::string& folder) {
  FilledStore filled(folder);
  FillResult& result = filled.result_;
  result.rss_bytes_before = storm::resident_bytes_now(::getpid());
  storm::ResidentWatch watch(::getpid(), sample_ms);
  auto store = DirectStore::open(folder);
  if (!store.ok()) return store.status();
  const uint64_t there = (*store)->devices();
  const uint64_t start_ns = monotonic_ns();
  const uint64_t start_cpu_ns = thread_cpu_ns();
  if (auto status = register_all(fleet, **store); !status.ok()) return status;
  result.seconds = seconds_since(start_ns);
  result.registered = (*store)->devices() - there;
  if (result.registered > 0) {
    result.cpu_us_per_device = static_cast<double>(thread_cpu_ns() - start_cpu_ns) / 1e3 /
                               static_cast<double>(result.registered);
  }
  const uint64_t settle_ns = monotonic_ns();
  if (auto status = (*store)->store().flush(/*wait=*/true); !status.ok()) return status;
  wait_until_at_rest(folder);
  result.settle_seconds = seconds_since(settle_ns);
  result.disk_bytes = bytes_of_folder(folder);
  result.rss_bytes_at_rest = storm::resident_bytes_now(::getpid());
  watch.end();
  result.rss_bytes_peak = watch.peak();
  if ((*store)->devices() == fleet.devices()) return filled;
  return absl::FailedPreconditionError(fmt::format("{} has {} devices, not {}; remove it", folder,
                                                   (*store)->devices(), fleet.devices()));
}

absl::StatusOr<cluster::Position> FilledStore::copy_to(const std::string& folder) const {
  const auto store = storage::Store::open(folder_);
  if (!store.ok()) return store.status();
  if (auto status = (*store)->checkpoint(folder); !status.ok()) return status;
  return (*store)->state().position;
}

}  // namespace tocsin::storage_bench
