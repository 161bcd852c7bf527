// tocsin-bench-storage: the parts that are asked for, one after the other, each in a folder of its
// own. bench/README.md says what it answers.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "base/limits.h"
#include "harness/files.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/progress.h"
#include "harness/try.h"
#include "runtime/log.h"
#include "storage/direct_store.h"
#include "storage/disk_use.h"
#include "storage/fleet.h"
#include "storage/installation.h"
#include "storage/parts.h"

namespace tocsin::bench::storage_bench {
namespace {

constexpr int sample_ms = 50;

const Program program = {
    "tocsin-bench-storage",
    "tocsin-bench-storage - durable accepts, and a store of many registered devices.",
    R"(Examples:
  # everything, with ten million registered devices: some 3 GB of disk, and minutes
  tocsin-bench-storage --json storage.json --check

  # a smaller fleet, kept, so that the next call need not register it again
  tocsin-bench-storage -n 1000000 --folder /var/tmp/bench --parts fill,count,cast

Exit code: 0 all well, 1 --check found a missed target, 2 wrong usage, 3 the bench could not be
run, or what it measured was wrong.)"};

struct FillResult {
  uint64_t registered = 0;  // by this call; the others were there
  double seconds = 0;
  double cpu_us_per_device = 0;  // of the applying thread
  double settle_seconds = 0;     // the last flush, and compaction until it rests
  uint64_t disk_bytes = 0;       // at rest
  uint64_t rss_bytes_before = 0;
  uint64_t rss_bytes_peak = 0;
  uint64_t rss_bytes_at_rest = 0;  // with the store open
};
BOOST_DESCRIBE_STRUCT(FillResult, (),
                      (registered, seconds, cpu_us_per_device, settle_seconds, disk_bytes,
                       rss_bytes_before, rss_bytes_peak, rss_bytes_at_rest))

// Device n is registered at position n + 2, behind the app.
absl::Status register_all(const Fleet& fleet, DirectStore& store) {
  const uint64_t now_ms = wall_ms();
  if (store.position() == 0) TOCSIN_TRY(store.apply(app_created(now_ms)));
  const uint64_t first = store.position() - 1;
  Progress progress("registered", fleet.devices());
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

// A store in which the whole fleet is registered, and nothing else ever happened.
//
// Registered one by one with the records that the log would hold, as fast as they can be applied,
// flushed as storage does it. A part that changes something works on a copy, whose files are hard
// links, so the same devices serve every part and, if the folder is kept, the next call. A fill
// that was cut short goes on where it was.
class FilledStore {
 public:
  // In `folder`, which is kept if there is something of it already.
  static absl::StatusOr<FilledStore> make(const Fleet& fleet, const std::string& folder) {
    FilledStore filled(folder);
    FillResult& result = filled.result_;
    result.rss_bytes_before = resident_bytes_now(::getpid());
    ResidentWatch watch(::getpid(), sample_ms);
    TOCSIN_TAKE(const auto store, DirectStore::open(folder));
    const uint64_t there = store->devices();
    const uint64_t start_ns = monotonic_ns();
    const uint64_t start_cpu_ns = thread_cpu_ns();
    TOCSIN_TRY(register_all(fleet, *store));
    result.seconds = seconds_since(start_ns);
    result.registered = store->devices() - there;
    if (result.registered > 0) {
      result.cpu_us_per_device = static_cast<double>(thread_cpu_ns() - start_cpu_ns) / 1e3 /
                                 static_cast<double>(result.registered);
    }
    const uint64_t settle_ns = monotonic_ns();
    TOCSIN_TRY(store->store().flush(/*wait=*/true));
    wait_until_at_rest(folder);
    result.settle_seconds = seconds_since(settle_ns);
    result.disk_bytes = bytes_of_folder(folder);
    result.rss_bytes_at_rest = resident_bytes_now(::getpid());
    watch.end();
    result.rss_bytes_peak = watch.peak();
    if (store->devices() == fleet.devices()) return filled;
    return absl::FailedPreconditionError(fmt::format("{} has {} devices, not {}; remove it", folder,
                                                     store->devices(), fleet.devices()));
  }

  const FillResult& result() const { return result_; }

  // Make the new folder a store with the same state; returns its position.
  absl::StatusOr<cluster::Position> copy_to(const std::string& folder) const {
    TOCSIN_TAKE(const auto store, storage::Store::open(folder_));
    TOCSIN_TRY(store->checkpoint(folder));
    return store->state().position;
  }

 private:
  explicit FilledStore(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  FillResult result_;
};

absl::Status make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("cannot make {}: {}", path, error.message()));
}

// A folder for one part, gone with what is in it when the part is over.
class PartFolder {
 public:
  explicit PartFolder(std::string path) : path_(std::move(path)) { remove(); }
  ~PartFolder() { remove(); }
  PartFolder(const PartFolder&) = delete;
  PartFolder& operator=(const PartFolder&) = delete;
  // Made, with a copy of the store in /db. Its position.
  absl::StatusOr<cluster::Position> fill(const FilledStore& filled) const {
    TOCSIN_TRY(make_folder(path_));
    return filled.copy_to(path_ + "/db");
  }
  // An installation on that copy, at rest.
  absl::StatusOr<std::unique_ptr<Installation>> open(cluster::Position position) const {
    auto installation = Installation::open(path_, position);
    if (installation.ok()) wait_until_at_rest(path_);
    return installation;
  }
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code absent;
    std::filesystem::remove_all(path_, absent);
  }
  std::string path_;
};

// `serving_bytes`: resident size while storage served the fleet, beyond what it was before
// anything; 0: it did not.
void tell_fill(const FillResult& fill, const Options& options, uint64_t serving_bytes,
               Findings& findings) {
  const auto growth = [&fill](uint64_t to) {
    return to > fill.rss_bytes_before ? to - fill.rss_bytes_before : 0;
  };
  const double bytes_each =
      static_cast<double>(fill.disk_bytes) / static_cast<double>(options.devices);
  findings.document["fill"] = fill;
  findings.measures.update(
      Json{{"registered_disk_bytes", fill.disk_bytes},
           {"registered_disk_bytes_per_device", bytes_each},
           {"registered_memory_bytes", std::max(growth(fill.rss_bytes_peak), serving_bytes)}});
  std::string& table = findings.table;
  table += fmt::format("{} registered devices, {} tags\n", options.devices, options.tags);
  if (fill.registered > 0) {
    table += fmt::format(
        "  {} registered in {:.0f} s: {:.0f}/s, {:.1f} us of CPU each\n", fill.registered,
        fill.seconds, static_cast<double>(fill.registered) / fill.seconds, fill.cpu_us_per_device);
  }
  table += fmt::format(
      "  disk at rest {:.1f} MB, {:.1f} bytes a device\n"
      "  memory +{:.1f} MB at the peak, +{:.1f} MB at rest, +{:.1f} MB serving\n",
      megabytes(fill.disk_bytes), bytes_each, megabytes(growth(fill.rss_bytes_peak)),
      megabytes(growth(fill.rss_bytes_at_rest)), megabytes(serving_bytes));
}

// Counts, and how much memory storage takes for that, into findings of their own: the fill's, which
// that memory belongs to, come first.
absl::Status run_count(const FilledStore& filled, const Fleet& fleet, const Options& options,
                       const PartFolder& folder, Findings& findings) {
  TOCSIN_TAKE(const cluster::Position position, folder.fill(filled));
  ResidentWatch watch(::getpid(), sample_ms);
  TOCSIN_TAKE(const auto installation, folder.open(position));
  Findings counts;
  TOCSIN_TRY(measure_counts(*installation, fleet, options.counts, counts));
  watch.end();
  const uint64_t before = filled.result().rss_bytes_before;
  const uint64_t serving_bytes = watch.peak() > before ? watch.peak() - before : 0;
  counts.document["count"]["serving_bytes"] = serving_bytes;
  tell_fill(filled.result(), options, serving_bytes, findings);
  findings.document.update(counts.document);
  findings.measures.update(counts.measures);
  findings.table += counts.table;
  return absl::OkStatus();
}

absl::Status run_with_fleet(const std::string& folder, const Options& options, Findings& findings) {
  const Fleet fleet(options.devices, options.tags);
  TOCSIN_TAKE(const FilledStore filled,
              FilledStore::make(fleet, fmt::format("{}/registered-{}-{}", folder, options.devices,
                                                   options.tags)));
  if (options.has("count")) {
    const PartFolder part(folder + "/storage-bench-count");
    TOCSIN_TRY(run_count(filled, fleet, options, part, findings));
  } else {
    tell_fill(filled.result(), options, 0, findings);
  }
  if (options.has("cast")) {
    const PartFolder part(folder + "/storage-bench-cast");
    TOCSIN_TRY(part.fill(filled).status());
    TOCSIN_TRY(measure_casts(part.path() + "/db", options.casts, findings));
  }
  if (!options.has("replay")) return absl::OkStatus();
  const PartFolder part(folder + "/storage-bench-replay");
  TOCSIN_TAKE(const cluster::Position position, part.fill(filled));
  TOCSIN_TAKE(const auto installation, part.open(position));
  return measure_replay(*installation, fleet, options, findings);
}

absl::StatusOr<Findings> run_in(const std::string& folder, const Options& options) {
  Findings findings;
  findings.document["setting"] = options;
  findings.document["setting"]["file_system"] = file_system_of(folder);
  const bool needs_fleet = std::any_of(options.parts.begin(), options.parts.end(),
                                       [](const std::string& part) { return part != "accept"; });
  if (needs_fleet) TOCSIN_TRY(run_with_fleet(folder, options, findings));
  if (options.has("accept")) {
    const PartFolder part(folder + "/storage-bench-accept");
    TOCSIN_TRY(make_folder(part.path()));
    const std::string of_fleet = std::exchange(findings.table, {});
    TOCSIN_TRY(race_accepts(part.path(), options, findings));
    findings.table += of_fleet;
  }
  return findings;
}

absl::StatusOr<Findings> run(const Options& options) {
  if (!runtime::set_log_level("warning").ok()) return absl::InternalError("no such log level");
  if (!options.folder.empty()) {
    TOCSIN_TRY(make_folder(options.folder));
    return run_in(options.folder, options);
  }
  TOCSIN_TAKE(const TempDir temporary, TempDir::create());
  return run_in(temporary.path(), options);
}

}  // namespace

void Options::declare() {
  some_parts("What to measure");
  number("-n,--devices", devices, 1, 100'000'000, "Registered devices");
  number("--tags", tags, Fleet::tags_min, 100'000, "Different tags they have");
  text("--folder", folder,
       "Work here, keep the registered devices, and use them again if they are there");
  number("--callers", callers, 1, 1000, "Sends, and bare puts, under way at once");
  number("--sends", sends, 1, 1'000'000, "Sends, and bare puts, of a round");
  number("--rounds", rounds, 1, 1000, "Rounds, the two in turn");
  number("--payload-bytes", payload_bytes, 1, 4096, "Bytes of a push");
  number("--counts", counts, 1, 10'000, "Counts of the audience, behind the first");
  number("--casts", casts, 1, 1000, "Casts to everyone");
  number("--replay-devices", replay_devices, 1, 10'000'000, "Devices that reconnect in a round");
  number("--replays", replays, 1, 1000, "Rounds of reconnects");
}

}  // namespace tocsin::bench::storage_bench

int main(int argc, char** argv) {
  using namespace tocsin::bench::storage_bench;
  return run_bench(program, argc, argv, run);
}
