#include "storage/backup/restore.h"

#include <cstdio>
#include <errno.h>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include "cluster/file.h"
#include "storage/check/store_check.h"

namespace tocsin::storage {
namespace fs = std::filesystem;

namespace {

absl::Status prepare(const std::string& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (made && !error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return cluster::failed("create", folder, error.value());
  const bool empty = fs::is_empty(folder, error);
  if (error) return cluster::failed("list", folder, error.value());
  if (empty) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("{} is not empty: a backup is restored into a new or empty folder only", folder));
}

absl::Status check(const std::string& folder, cluster::CheckReport& report) {
  const auto checked = check_data(folder + "/log", folder + "/store", report);
  if (!checked.ok()) return checked.status();
  if (report.findings() == 0) return absl::OkStatus();
  return absl::DataLossError(
      fmt::format("{} findings in the backup {}; nothing was restored. Use another one",
                  report.findings(), folder));
}

// Copy the files of `from`, which has no folders in it, into the new folder `to`.
absl::Status copy_folder(const std::string& from, const std::string& to) {
  const std::string partial = to + ".partial";
  std::error_code error;
  fs::create_directory(partial, error);
  if (error) return cluster::failed("create", partial, error.value());
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const uint64_t bytes = at->file_size(error);
    if (error) break;
    const std::string name = at->path().filename().string();
    auto status = cluster::copy_file(at->path().string(), partial + "/" + name, bytes);
    if (!status.ok()) return status;
  }
  if (error) return cluster::failed("list", from, error.value());
  if (auto status = cluster::sync_folder(partial); !status.ok()) return status;
  if (std::rename(partial.c_str(), to.c_str()) != 0) return cluster::failed("rename to", to, errno);
  return absl::OkStatus();
}

}  // namespace

absl::Status restore_backup(const std::string& backup_folder, const std::string& data_folder,
                            cluster::CheckReport& report) {
  if (auto status = check(backup_folder, report); !status.ok()) return status;
  if (auto status = prepare(data_folder); !status.ok()) return status;
  for (const char* part : {"/store", "/log"}) {
    auto status = copy_folder(backup_folder + part, data_folder + part);
    if (!status.ok()) return status;
  }
  return cluster::sync_folder(data_folder);
}

}  // namespace tocsin::storage
