#include "cluster/embedded_log.h"

#include <atomic>
#include <future>
#include <pthread.h>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "cluster/log_copy.h"
#include "cluster/log_file.h"
#include "cluster/log_folder.h"
#include "cluster/log_queue.h"
#include "cluster/log_writer.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace tocsin::cluster {

static_assert(limits::log_record_bytes_max + log_record_head_bytes <= limits::log_batch_bytes_max,
              "every record fits in a commit");

class EmbeddedLog::Impl {
 public:
  explicit Impl(LogWriter writer)
      : writer_(std::move(writer)), last_(writer_.last()), thread_([this] { run(); }) {}
  ~Impl() { stop(); }

  void append(std::string record, OnCommit on_commit);
  absl::Status subscribe(Position after, OnEntries on_entries);
  void trim(Position upto);
  absl::StatusOr<Position> copy_to(const std::string& folder, Position after);
  Position last() const { return last_.load(); }
  bool is_refusing() const {
    if (stopped_.load()) return true;
    const uint64_t refused_at_ms = refused_at_ms_.load();
    return refused_at_ms != 0 && monotonic_ms() - refused_at_ms < limits::log_refusal_ms;
  }
  void stop();

 private:
  void run();
  void commit(std::vector<LogAppend> appends);
  void say_disk_state(const absl::Status& status);
  absl::Status start_subscription(Position after, OnEntries on_entries);
  absl::Status replay(Position after, const OnEntries& on_entries) const;

  // The writer thread's own.
  LogWriter writer_;
  std::vector<OnEntries> subscribers_;
  bool refusing_ = false;
  runtime::Counter records_ =
      runtime::counter("tocsin_log_records_total", "Records made durable by the log");
  runtime::Counter commits_ =
      runtime::counter("tocsin_log_commits_total", "Writes with an fdatasync that the log made");
  runtime::Counter refused_ = runtime::counter(
      "tocsin_log_refused_total", "Records refused because the disk was full or failed");

  LogQueue queue_;
  std::atomic<Position> last_;
  std::atomic<bool> stopped_ = false;
  std::atomic<uint64_t> refused_at_ms_ = 0;  // 0: the last commit was taken
  std::once_flag joined_;
  std::thread thread_;  // last: it uses everything above
};

void EmbeddedLog::Impl::append(std::string record, OnCommit on_commit) {
  if (record.size() > limits::log_record_bytes_max) {
    on_commit(
        absl::InvalidArgumentError(fmt::format("a log record of {} bytes; at most {} are taken",
                                               record.size(), limits::log_record_bytes_max)));
    return;
  }
  LogAppend append{std::move(record), std::move(on_commit)};
  if (auto status = queue_.push(append); !status.ok()) append.on_commit(std::move(status));
}

absl::Status EmbeddedLog::Impl::subscribe(Position after, OnEntries on_entries) {
  std::promise<absl::Status> answer;
  const bool queued = queue_.run([this, after, &on_entries, &answer] {
    answer.set_value(start_subscription(after, std::move(on_entries)));
  });
  if (!queued) return absl::UnavailableError("the log has stopped");
  return answer.get_future().get();
}

void EmbeddedLog::Impl::trim(Position upto) {
  queue_.run([this, upto] { writer_.trim(upto); });
}

absl::StatusOr<Position> EmbeddedLog::Impl::copy_to(const std::string& folder, Position after) {
  // What is durable now stays as it is: files only grow, and nobody trims.
  std::promise<std::vector<LogSegment>> durable;
  const bool queued = queue_.run([this, &durable] {
    durable.set_value({writer_.segments().begin(), writer_.segments().end()});
  });
  if (!queued) return absl::UnavailableError("the log has stopped");
  return copy_log(durable.get_future().get(), after, folder);
}

void EmbeddedLog::Impl::stop() {
  stopped_.store(true);
  queue_.close();
  std::call_once(joined_, [this] { thread_.join(); });
}

void EmbeddedLog::Impl::run() {
  pthread_setname_np(pthread_self(), "log");
  for (;;) {
    LogQueue::Work work = queue_.take();
    if (work.empty()) return;
    for (auto& command : work.commands) command();
    if (!work.appends.empty()) commit(std::move(work.appends));
  }
}

void EmbeddedLog::Impl::commit(std::vector<LogAppend> appends) {
  std::vector<std::string> records;
  records.reserve(appends.size());
  for (LogAppend& append : appends) records.push_back(std::move(append.record));
  const absl::StatusOr<Position> first = writer_.commit(records);
  say_disk_state(first.status());
  refused_at_ms_.store(first.ok() ? 0 : monotonic_ms());
  if (!first.ok()) {
    refused_.add(static_cast<double>(appends.size()));
    for (LogAppend& append : appends) append.on_commit(first.status());
    return;
  }
  records_.add(static_cast<double>(appends.size()));
  commits_.add();
  last_.store(writer_.last());
  auto batch = std::make_shared<std::vector<LogEntry>>();
  batch->reserve(records.size());
  for (size_t i = 0; i < records.size(); ++i) batch->push_back({*first + i, std::move(records[i])});
  for (const OnEntries& on_entries : subscribers_) on_entries(batch);
  for (size_t i = 0; i < appends.size(); ++i) appends[i].on_commit(*first + i);
}

// Once per change, not once per refused record.
void EmbeddedLog::Impl::say_disk_state(const absl::Status& status) {
  if (refusing_ == !status.ok()) return;
  refusing_ = !status.ok();
  if (refusing_) {
    runtime::log_error("log: refusing records: {}", status.ToString());
  } else {
    runtime::log_info("log: taking records again");
  }
}

absl::Status EmbeddedLog::Impl::start_subscription(Position after, OnEntries on_entries) {
  if (after + 1 < writer_.first() || after > writer_.last()) {
    return absl::OutOfRangeError(
        fmt::format("the log has positions {} to {}, asked for those after {}", writer_.first(),
                    writer_.last(), after));
  }
  auto status = replay(after, on_entries);
  if (status.ok()) subscribers_.push_back(std::move(on_entries));
  return status;
}

absl::Status EmbeddedLog::Impl::replay(Position after, const OnEntries& on_entries) const {
  for (const LogSegment& segment : writer_.segments()) {
    if (segment.last <= after || segment.last < segment.first) continue;
    auto file = read_file(segment.path, log_file_bytes_max);
    if (!file.ok()) return file.status();
    LogFileReader reader(std::string_view(*file).substr(0, segment.bytes), segment.first);
    auto batch = std::make_shared<std::vector<LogEntry>>();
    size_t batch_bytes = 0;
    LogRecordView record;
    while (reader.next(record) == LogFileReader::Step::record) {
      if (record.position <= after) continue;
      batch->push_back({record.position, std::string(record.bytes)});
      batch_bytes += record.bytes.size();
      if (batch_bytes < limits::log_batch_bytes_max && record.position != segment.last) continue;
      on_entries(std::exchange(batch, std::make_shared<std::vector<LogEntry>>()));
      batch_bytes = 0;
    }
    if (reader.next_position() != segment.last + 1) {
      return absl::DataLossError(fmt::format("log file {} can no longer be read at offset {}",
                                             segment.path, reader.offset()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(const std::string& folder) {
  auto opened = LogFolder::open(folder);
  if (!opened.ok()) return opened.status();
  auto segments = opened->recover();
  if (!segments.ok()) return segments.status();
  auto writer = LogWriter::open(*std::move(opened), *std::move(segments));
  if (!writer.ok()) return writer.status();
  return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(std::make_unique<Impl>(*std::move(writer))));
}

EmbeddedLog::EmbeddedLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedLog::~EmbeddedLog() = default;

void EmbeddedLog::append(std::string record, OnCommit on_commit) {
  impl_->append(std::move(record), std::move(on_commit));
}
absl::Status EmbeddedLog::subscribe(Position after, OnEntries on_entries) {
  return impl_->subscribe(after, std::move(on_entries));
}
void EmbeddedLog::trim(Position upto) { impl_->trim(upto); }
absl::StatusOr<Position> EmbeddedLog::copy_to(const std::string& folder, Position after) {
  return impl_->copy_to(folder, after);
}
Position EmbeddedLog::last() const { return impl_->last(); }
bool EmbeddedLog::is_refusing() const { return impl_->is_refusing(); }
void EmbeddedLog::stop() { impl_->stop(); }

}  // namespace tocsin::cluster
