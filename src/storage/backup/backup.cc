#include "storage/backup/backup.h"

#include <cstdio>
#include <errno.h>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cluster/file.h"
#include "runtime/log.h"

namespace tocsin::storage {
namespace fs = std::filesystem;

namespace {

constexpr char unfinished_ending[] = ".partial";
// Alerts come first; a backup may take its time.
constexpr int niceness = 10;

// For its owner only: it holds keys and messages, like the data folder itself.
absl::Status make_parent(const fs::path& parent) {
  std::error_code error;
  const bool made = fs::create_directories(parent, error);
  if (made && !error) fs::permissions(parent, fs::perms::owner_all, error);
  if (error) return cluster::failed("create", parent.string(), error.value());
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == unfinished_ending) fs::remove_all(at->path(), error);
  }
  if (error) return cluster::failed("remove unfinished backups in", parent.string(), error.value());
  return absl::OkStatus();
}

absl::StatusOr<BackupMade> fill(const Store& store, cluster::Log& log, cluster::Position after,
                                const std::string& folder) {
  if (auto status = store.checkpoint(folder + "/store"); !status.ok()) return status;
  const auto last = log.copy_to(folder + "/log", after);
  if (!last.ok()) return last.status();
  BackupMade made;
  made.set_last(*last);
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->is_regular_file(error)) made.set_bytes(made.bytes() + at->file_size(error));
  }
  if (error) return cluster::failed("list", folder, error.value());
  return made;
}

absl::Status publish(const std::string& partial, const std::string& folder) {
  if (auto status = cluster::sync_folder(partial); !status.ok()) return status;
  if (std::rename(partial.c_str(), folder.c_str()) != 0) {
    return cluster::failed("rename a backup to", folder, errno);
  }
  return cluster::sync_folder(fs::path(folder).parent_path().string());
}

}  // namespace

absl::StatusOr<BackupMade> make_backup(const Store& store, cluster::Log& log,
                                       cluster::Position after, const std::string& folder) {
  if (auto status = make_parent(fs::path(folder).parent_path()); !status.ok()) return status;
  const std::string partial = folder + unfinished_ending;
  std::error_code error;
  if (fs::exists(folder, error)) {
    return absl::AlreadyExistsError(fmt::format("there is a backup {} already", folder));
  }
  if (!error) fs::create_directory(partial, error);
  if (error) return cluster::failed("create", partial, error.value());
  auto made = fill(store, log, after, partial);
  if (made.ok()) {
    if (auto status = publish(partial, folder); !status.ok()) made = status;
  }
  if (made.ok()) {
    made->set_folder(folder);
  } else {
    fs::remove_all(partial, error);
  }
  return made;
}

void Backup::start(const std::string& folder, Done done) {
  if (running_) {
    return done(absl::AlreadyExistsError("a backup is being made already: wait for its end"));
  }
  if (closed_) return done(absl::UnavailableError("storage is stopping"));
  const auto after = store_.persisted_position();
  if (!after.ok()) return done(after.status());
  running_ = true;
  done_ = std::move(done);
  if (!worker_) worker_.emplace("backup", niceness).start();
  worker_->post([this, folder, after = *after] {
    auto made = make_backup(store_, log_, after, folder);
    thread_.post([this, made = std::move(made)]() mutable { finish(std::move(made)); });
  });
}

void Backup::finish(absl::StatusOr<BackupMade> made) {
  running_ = false;
  if (made.ok()) {
    runtime::log_info("storage: backup {} made: {} bytes, up to log position {}", made->folder(),
                      made->bytes(), made->last());
  } else {
    runtime::log_warning("storage: no backup made: {}", made.status().ToString());
  }
  std::exchange(done_, nullptr)(std::move(made));
}

void Backup::stop() {
  thread_.shard().run_and_wait([this] { closed_ = true; });
  if (worker_) worker_->stop();
}

}  // namespace tocsin::storage
