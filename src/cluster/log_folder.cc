#include "cluster/log_folder.h"

#include <algorithm>
#include <errno.h>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "cluster/log_file.h"
#include "runtime/log.h"

namespace tocsin::cluster {
namespace fs = std::filesystem;

namespace {

constexpr size_t name_digits = 20;
constexpr std::string_view name_suffix = ".log";

// The first position a file's name promises; 0 for names that are not the log's.
Position position_of_name(const std::string& name) {
  if (name.size() != name_digits + name_suffix.size() || !name.ends_with(name_suffix)) return 0;
  const std::string digits = name.substr(0, name_digits);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return 0;
  }
  errno = 0;
  const unsigned long long position = std::strtoull(digits.c_str(), nullptr, 10);
  return errno == 0 ? position : 0;
}

absl::Status damage(const std::string& path, size_t offset, std::string_view what) {
  return absl::DataLossError(fmt::format(
      "log file {} is damaged at offset {}: {}. Accepted records would be lost by going "
      "on: restore the file from a copy",
      path, offset, what));
}

absl::Status cut_tail(const LogSegment& segment, uint64_t keep_bytes, uint64_t found_bytes) {
  runtime::log_warning(
      "log: cut a torn tail of {} bytes off {} at offset {}: a write that a crash "
      "interrupted, never answered as accepted",
      found_bytes - keep_bytes, segment.path, keep_bytes);
  const File file = File::open(segment.path, O_WRONLY);
  if (!file.is_open()) return failed("open", segment.path, errno);
  if (const int error = file.truncate(keep_bytes)) return failed("cut", segment.path, error);
  if (const int error = file.sync_all()) return failed("sync", segment.path, error);
  return absl::OkStatus();
}

// Check every record of a file. `tail`: the last file, whose end may be torn.
absl::Status check_records(LogSegment& segment, std::string_view bytes, bool tail) {
  LogFileReader reader(bytes, segment.first);
  LogRecordView record;
  LogFileReader::Step step;
  while ((step = reader.next(record)) == LogFileReader::Step::record) {
  }
  segment.last = reader.next_position() - 1;
  segment.bytes = reader.offset();
  if (step == LogFileReader::Step::end) return absl::OkStatus();
  if (!tail) return damage(segment.path, reader.offset(), "unreadable record in a finished file");
  if (reader.later_commit_exists()) {
    return damage(segment.path, reader.offset(), "unreadable record before readable ones");
  }
  return cut_tail(segment, reader.offset(), bytes.size());
}

absl::Status check_head(const LogSegment& segment, std::string_view bytes) {
  Position first = 0;
  switch (read_log_file_head(bytes, first)) {
    case LogFileHead::torn:
      return damage(segment.path, 0, "no file head");
    case LogFileHead::damaged:
      return damage(segment.path, 0, "not a log file");
    case LogFileHead::other_version:
      return absl::FailedPreconditionError(fmt::format(
          "log file {} was written by another version of tocsind; use that one", segment.path));
    case LogFileHead::ok:
      break;
  }
  if (first == segment.first) return absl::OkStatus();
  return damage(segment.path, log_file_magic.size(), "its first position is not its name's");
}

}  // namespace

absl::StatusOr<LogFolder> LogFolder::open(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return failed("create the log folder", path, error.value());
  return open_existing(path);
}

absl::StatusOr<LogFolder> LogFolder::open_existing(const std::string& path) {
  File lock = File::open(path, O_RDONLY | O_DIRECTORY);
  if (!lock.is_open() && (errno == ENOENT || errno == ENOTDIR)) {
    return absl::NotFoundError(fmt::format("there is no log folder {}", path));
  }
  if (!lock.is_open()) return failed("open the log folder", path, errno);
  if (::flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock the log folder", path, errno);
    return absl::FailedPreconditionError(
        fmt::format("log folder {} is in use by another process; stop it first", path));
  }
  return LogFolder(path, std::move(lock));
}

absl::StatusOr<std::vector<LogSegment>> LogFolder::recover() {
  auto segments = list();
  if (!segments.ok()) return segments;
  for (size_t i = 0; i < segments->size(); ++i) {
    LogSegment& segment = (*segments)[i];
    const bool tail = i + 1 == segments->size();
    if (i > 0 && segment.first != (*segments)[i - 1].last + 1) {
      return absl::DataLossError(fmt::format(
          "log folder {}: position {} should follow in a file of that name, but the next file is "
          "{}. Restore the missing file",
          path_, (*segments)[i - 1].last + 1, segment.path));
    }
    const auto bytes = read_file(segment.path, log_file_bytes_max);
    if (!bytes.ok()) return bytes.status();
    Position first = 0;
    if (tail && read_log_file_head(*bytes, first) == LogFileHead::torn) {
      // A crash while the file was being made; it never held a record.
      const LogSegment torn = segment;
      segments->pop_back();
      runtime::log_warning("log: made {} anew: a crash interrupted its making", torn.path);
      if (auto status = remove(torn); !status.ok()) return status;
      auto made = create(torn.first);
      if (!made.ok()) return made.status();
      segments->push_back(*std::move(made));
      break;
    }
    if (auto status = check_head(segment, *bytes); !status.ok()) return status;
    if (auto status = check_records(segment, *bytes, tail); !status.ok()) return status;
  }
  return segments;
}

absl::StatusOr<LogSegment> LogFolder::create(Position first) {
  const LogSegment segment{first, first - 1, path_of(first), log_file_head_bytes};
  const File file = File::open(segment.path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) return failed("create", segment.path, errno);
  std::string head;
  append_log_file_head(first, head);
  int error = file.write_all(head, 0);
  if (error == 0) error = file.sync_all();
  if (error == 0) error = lock_.sync_all();
  if (error == 0) return segment;
  ::unlink(segment.path.c_str());
  return failed("write", segment.path, error);
}

absl::Status LogFolder::remove(const LogSegment& segment) {
  if (::unlink(segment.path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return failed("remove", segment.path, errno);
}

absl::StatusOr<std::vector<LogSegment>> LogFolder::list() const {
  std::error_code error;
  std::vector<LogSegment> segments;
  for (fs::directory_iterator at(path_, error), end; !error && at != end; at.increment(error)) {
    const Position first = position_of_name(at->path().filename().string());
    if (first != 0) segments.push_back({first, first - 1, at->path().string(), 0});
  }
  if (error) return failed("list the log folder", path_, error.value());
  std::sort(segments.begin(), segments.end(),
            [](const LogSegment& a, const LogSegment& b) { return a.first < b.first; });
  return segments;
}

std::string LogFolder::path_of(Position first) const {
  return fmt::format("{}/{:0{}}{}", path_, first, name_digits, name_suffix);
}

}  // namespace tocsin::cluster
