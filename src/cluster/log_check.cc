#include "cluster/log_check.h"

#include <fmt/format.h>
#include <optional>

namespace tocsin::cluster {
namespace {

constexpr char restore_file[] =
    "tocsind does not start on it, because accepted records would be lost: restore the file from a "
    "copy, or the whole folder from a backup";

class LogCheck {
 public:
  LogCheck(const OnLogRecord& on_record, CheckReport& report)
      : on_record_(on_record), report_(report) {}

  absl::Status check_file(const LogSegment& file, bool tail);
  const LogSummary& summary() const { return summary_; }

 private:
  bool check_head(const LogSegment& file, std::string_view bytes, bool tail);
  void check_records(const LogSegment& file, std::string_view bytes, bool tail);
  void damaged(const LogSegment& file, size_t offset, std::string_view what);

  const OnLogRecord& on_record_;
  CheckReport& report_;
  LogSummary summary_;
  std::optional<Position> expected_;  // nullopt: after damage anything may follow
};

void LogCheck::damaged(const LogSegment& file, size_t offset, std::string_view what) {
  expected_.reset();
  summary_.damaged = true;
  report_.finding(fmt::format("log file {} is damaged at offset {}: {}", file.path, offset, what),
                  restore_file);
}

bool LogCheck::check_head(const LogSegment& file, std::string_view bytes, bool tail) {
  Position first = 0;
  const LogFileHead head = read_log_file_head(bytes, first);
  if (head == LogFileHead::torn && tail) {
    report_.note(fmt::format(
        "log file {}: its making was interrupted; the next start makes it anew", file.path));
    return false;
  }
  if (head != LogFileHead::ok) {
    damaged(file, 0, "no head of a log file");
  } else if (first != file.first) {
    damaged(file, log_file_magic.size(), "its first position is not its name's");
  }
  return head == LogFileHead::ok && first == file.first;
}

void LogCheck::check_records(const LogSegment& file, std::string_view bytes, bool tail) {
  LogFileReader reader(bytes, file.first);
  LogRecordView record;
  LogFileReader::Step step;
  while ((step = reader.next(record)) == LogFileReader::Step::record) {
    on_record_(record);
    report_.progress("log records", ++summary_.records);
  }
  summary_.last = reader.next_position() - 1;
  expected_ = reader.next_position();
  if (step == LogFileReader::Step::end) return;
  if (!tail) {
    damaged(file, reader.offset(), "unreadable record in a finished file");
  } else if (reader.later_commit_exists()) {
    damaged(file, reader.offset(), "unreadable record before readable ones");
  } else {
    report_.note(fmt::format(
        "log file {}: a torn tail of {} bytes at offset {}, a write that a crash interrupted and "
        "nobody was told of; the next start cuts it",
        file.path, bytes.size() - reader.offset(), reader.offset()));
  }
}

absl::Status LogCheck::check_file(const LogSegment& file, bool tail) {
  if (summary_.files++ == 0) {
    summary_.first = file.first;
    summary_.last = file.first - 1;
  } else if (expected_ && *expected_ != file.first) {
    report_.finding(fmt::format("log file {} does not follow: the file before it ends at position "
                                "{}",
                                file.path, *expected_ - 1),
                    "restore the missing or shortened file from a copy");
  }
  const auto bytes = read_file(file.path, log_file_bytes_max);
  if (!bytes.ok()) {
    damaged(file, 0, std::string(bytes.status().message()));
    return absl::OkStatus();
  }
  Position first = 0;
  if (read_log_file_head(*bytes, first) == LogFileHead::other_version) {
    return absl::FailedPreconditionError(fmt::format(
        "log file {} was written by another version of tocsind; use that one", file.path));
  }
  if (check_head(file, *bytes, tail)) check_records(file, *bytes, tail);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LogSummary> check_log(const LogFolder& folder, const OnLogRecord& on_record,
                                     CheckReport& report) {
  const auto files = folder.list();
  if (!files.ok()) return files.status();
  LogCheck check(on_record, report);
  for (size_t i = 0; i < files->size(); ++i) {
    auto status = check.check_file((*files)[i], i + 1 == files->size());
    if (!status.ok()) return status;
  }
  return check.summary();
}

}  // namespace tocsin::cluster
