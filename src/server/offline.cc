#include "server/offline.h"

#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

#include "storage/backup/restore.h"
#include "storage/check/store_check.h"

namespace tocsin::server {
namespace {

enum ExitStatus { well = 0, findings = 1, failed = 2 };

void print(cluster::CheckReport::Kind kind, const std::string& line) {
  using Kind = cluster::CheckReport::Kind;
  if (kind == Kind::progress) {
    fmt::print(stderr, "{}\n", line);
    return;
  }
  fmt::print("{}: {}\n", kind == Kind::finding ? "finding" : "note", line);
}

std::string absolute(const std::string& folder) {
  return std::filesystem::absolute(folder).lexically_normal().string();
}

}  // namespace

int check_store(const Config& config) {
  const std::string folder = absolute(config.data_dir);
  cluster::CheckReport report(print);
  const auto checked = storage::check_data(folder + "/log", folder + "/store", report);
  if (!checked.ok()) {
    fmt::print(stderr, "tocsind: cannot check {}: {}\n", folder,
               std::string(checked.status().message()));
    return ExitStatus::failed;
  }
  fmt::print(
      "checked {}: {} log records at positions {} to {} in {} files; store at position {} with {} "
      "rows, {} devices, {} messages: {} findings\n",
      folder, checked->log.records, checked->log.first, checked->log.last, checked->log.files,
      checked->position, checked->rows, checked->devices, checked->messages, report.findings());
  return report.findings() == 0 ? ExitStatus::well : ExitStatus::findings;
}

int restore_backup(const Config& config) {
  const std::string folder = absolute(config.data_dir);
  cluster::CheckReport report(print);
  const auto status = storage::restore_backup(absolute(config.restore_backup), folder, report);
  if (status.ok()) {
    fmt::print("restored {} into {}; start tocsind on it\n", absolute(config.restore_backup),
               folder);
    return ExitStatus::well;
  }
  fmt::print(stderr, "tocsind: cannot restore: {}\n", std::string(status.message()));
  return absl::IsDataLoss(status) ? ExitStatus::findings : ExitStatus::failed;
}

}  // namespace tocsin::server
