#include "storage/run.h"

#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "drill/temp_dir.h"
#include "storage/disk_use.h"
#include "storage/filled_store.h"
#include "storage/fleet.h"
#include "storage/installation.h"
#include "storm/resident_watch.h"

namespace tocsin::storage_bench {
namespace {

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
    if (auto status = make_folder(path_); !status.ok()) return status;
    return filled.copy_to(path_ + "/db");
  }
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code absent;
    std::filesystem::remove_all(path_, absent);
  }
  std::string path_;
};

absl::Status run_count(const FilledStore& filled, const Fleet& fleet, const PartFolder& folder,
                       Report& report) {
  const auto position = folder.fill(filled);
  if (!position.ok()) return position.status();
  storm::ResidentWatch watch(::getpid(), sample_ms);
  auto installation = Installation::open(folder.path(), *position);
  if (!installation.ok()) return installation.status();
  wait_until_at_rest(folder.path());
  auto count = measure_counts(**installation, fleet, report.options.count);
  if (!count.ok()) return count.status();
  report.count = *std::move(count);
  watch.end();
  const uint64_t before = filled.result().rss_bytes_before;
  report.serving_bytes = watch.peak() > before ? watch.peak() - before : 0;
  return absl::OkStatus();
}

absl::Status run_cast(const FilledStore& filled, const PartFolder& folder, Report& report) {
  if (const auto position = folder.fill(filled); !position.ok()) return position.status();
  auto cast = measure_casts(folder.path() + "/db", report.options.cast);
  if (cast.ok()) report.cast = *std::move(cast);
  return cast.status();
}

absl::Status run_replay(const FilledStore& filled, const Fleet& fleet, const PartFolder& folder,
                        Report& report) {
  const auto position = folder.fill(filled);
  if (!position.ok()) return position.status();
  auto installation = Installation::open(folder.path(), *position);
  if (!installation.ok()) return installation.status();
  wait_until_at_rest(folder.path());
  auto replay = measure_replay(**installation, fleet, report.options.replay);
  if (replay.ok()) report.replay = *std::move(replay);
  return replay.status();
}

absl::Status run_with_fleet(const std::string& folder, Report& report) {
  const Options& options = report.options;
  const Fleet fleet(options.devices, options.tags);
  const auto filled = FilledStore::make(
      fleet, fmt::format("{}/registered-{}-{}", folder, options.devices, options.tags));
  if (!filled.ok()) return filled.status();
  report.fill = filled->result();
  if (options.has("count")) {
    auto status = run_count(*filled, fleet, PartFolder(folder + "/storage-bench-count"), report);
    if (!status.ok()) return status;
  }
  if (options.has("cast")) {
    auto status = run_cast(*filled, PartFolder(folder + "/storage-bench-cast"), report);
    if (!status.ok()) return status;
  }
  if (!options.has("replay")) return absl::OkStatus();
  return run_replay(*filled, fleet, PartFolder(folder + "/storage-bench-replay"), report);
}

absl::Status run_in(const std::string& folder, Report& report) {
  report.file_system = file_system_of(folder);
  if (report.options.needs_fleet()) {
    if (auto status = run_with_fleet(folder, report); !status.ok()) return status;
  }
  if (!report.options.has("accept")) return absl::OkStatus();
  const PartFolder part(folder + "/storage-bench-accept");
  if (auto status = make_folder(part.path()); !status.ok()) return status;
  auto accept = race_accepts(part.path(), report.options.accept);
  if (accept.ok()) report.accept = *std::move(accept);
  return accept.status();
}

}  // namespace

absl::Status run(Report& report) {
  const std::string& folder = report.options.folder;
  if (!folder.empty()) {
    if (auto status = make_folder(folder); !status.ok()) return status;
    return run_in(folder, report);
  }
  const absl::StatusOr<drill::TempDir> temporary = drill::TempDir::create();
  return temporary.ok() ? run_in(temporary->path(), report) : temporary.status();
}

}  // namespace tocsin::storage_bench
