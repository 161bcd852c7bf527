#include "cluster/log_writer.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fault_point.h"
#include "cluster/log_file.h"
#include "runtime/log.h"

namespace tocsin::cluster {

absl::StatusOr<LogWriter> LogWriter::open(LogFolder folder, std::vector<LogSegment> segments) {
  LogWriter writer(std::move(folder));
  writer.segments_.assign(segments.begin(), segments.end());
  if (segments.empty()) {
    auto made = writer.folder_.create(1);
    if (!made.ok()) return made.status();
    writer.segments_.push_back(*std::move(made));
  }
  if (auto status = writer.open_last(); !status.ok()) return status;
  return writer;
}

absl::StatusOr<Position> LogWriter::commit(const std::vector<std::string>& records) {
  if (!broken_.ok()) return broken_;
  const Position first = last() + 1;
  std::string bytes;
  for (size_t i = 0; i < records.size(); ++i) {
    append_log_record(first + i, i == 0, records[i], bytes);
  }
  const LogSegment& current = segments_.back();
  const bool full = current.bytes + bytes.size() > limits::log_segment_bytes_max;
  if (full && current.bytes > log_file_head_bytes) {
    if (auto status = rotate(); !status.ok()) return status;
  }
  if (auto status = write(bytes); !status.ok()) return status;
  segments_.back().last += records.size();
  return first;
}

absl::Status LogWriter::write(const std::string& bytes) {
  LogSegment& current = segments_.back();
  pass_fault_point("log.before_write");
  if (const int error = file_.write_all(bytes, current.bytes)) return undo(error);
  pass_fault_point("log.before_sync");
  if (const int error = file_.sync_data()) {
    broken_ = absl::UnavailableError(failed("sync", current.path, error).message());
    return broken_;
  }
  pass_fault_point("log.after_sync");
  current.bytes += bytes.size();
  return absl::OkStatus();
}

absl::Status LogWriter::undo(int write_error) {
  const LogSegment& current = segments_.back();
  int error = file_.truncate(current.bytes);
  if (error == 0) error = file_.sync_data();
  const absl::Status status = failed("write", current.path, write_error);
  if (error == 0 && is_disk_full(write_error)) return status;
  broken_ = absl::UnavailableError(status.message());
  return broken_;
}

absl::Status LogWriter::rotate() {
  auto made = folder_.create(last() + 1);
  if (!made.ok()) return made.status();
  segments_.push_back(*std::move(made));
  auto status = open_last();
  if (!status.ok()) broken_ = status;
  return status;
}

absl::Status LogWriter::open_last() {
  const LogSegment& current = segments_.back();
  file_ = File::open(current.path, O_WRONLY);
  return file_.is_open() ? absl::OkStatus() : failed("open", current.path, errno);
}

void LogWriter::trim(Position upto) {
  while (segments_.size() > 1 && segments_.front().last <= upto) {
    // Left for the next trim if it fails: one old file too many does no harm.
    if (const auto status = folder_.remove(segments_.front()); !status.ok()) {
      runtime::log_warning("log: {}", status.ToString());
      return;
    }
    segments_.pop_front();
  }
}

}  // namespace tocsin::cluster
