// tocsin-bench-storage: the parts that are asked for, one after the other, each in a folder of its
// own. options.cc says what it can be asked and bench/README.md what it answers.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "harness/figure_text.h"
#include "harness/proc.h"
#include "harness/resident_watch.h"
#include "harness/temp_dir.h"
#include "harness/try.h"
#include "runtime/log.h"
#include "storage/disk_use.h"
#include "storage/filled_store.h"
#include "storage/fleet.h"
#include "storage/installation.h"
#include "storage/options.h"
#include "storage/parts.h"

namespace {

using namespace tocsin;
using namespace tocsin::storage_bench;
using harness::Findings;

constexpr int sample_ms = 50;

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
  findings.document["fill"] = {{"registered", fill.registered},
                               {"seconds", fill.seconds},
                               {"cpu_us_per_device", fill.cpu_us_per_device},
                               {"settle_seconds", fill.settle_seconds},
                               {"disk_bytes", fill.disk_bytes},
                               {"rss_bytes_before", fill.rss_bytes_before},
                               {"rss_bytes_peak", fill.rss_bytes_peak},
                               {"rss_bytes_at_rest", fill.rss_bytes_at_rest}};
  findings.measures.update(harness::Json{
      {"registered_disk_bytes", fill.disk_bytes},
      {"registered_disk_bytes_per_device", bytes_each},
      {"registered_memory_bytes", std::max(growth(fill.rss_bytes_peak), serving_bytes)}});
  std::string& table = findings.table;
  table += fmt::format("{} registered devices, {} tags\n", options.devices, options.tags);
  if (fill.registered > 0) {
    table += fmt::format(
        "  {} registered in {:.0f} s: {:.0f}/s, {:.1f} us of CPU each\n", fill.registered,
        fill.seconds, static_cast<double>(fill.registered) / fill.seconds, fill.cpu_us_per_device);
  }
  const auto megabytes = [](uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
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
  harness::ResidentWatch watch(::getpid(), sample_ms);
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
  findings.document["setting"] = {{"devices", options.devices},
                                  {"tags", options.tags},
                                  {"callers", options.callers},
                                  {"sends", options.sends},
                                  {"rounds", options.rounds},
                                  {"payload_bytes", options.payload_bytes},
                                  {"file_system", file_system_of(folder)},
                                  {"cpu_model", harness::cpu_model()},
                                  {"kernel", harness::kernel_release()}};
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
  TOCSIN_TAKE(const harness::TempDir temporary, harness::TempDir::create());
  return run_in(temporary.path(), options);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  return harness::run_bench(program, argc, argv, options, [&options] { return run(options); });
}
