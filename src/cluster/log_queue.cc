#include "cluster/log_queue.h"

#include <utility>

#include "base/limits.h"
#include "cluster/log_file.h"

namespace tocsin::cluster {

absl::Status LogQueue::push(LogAppend& append) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return absl::UnavailableError("the log has stopped");
    if (appends_.size() >= limits::log_queue_records_max ||
        bytes_ + append.record.size() > limits::log_queue_bytes_max) {
      return absl::ResourceExhaustedError(
          "the log's queue is full: the disk is slower than the senders; try again later");
    }
    bytes_ += append.record.size();
    appends_.push_back(std::move(append));
  }
  filled_.notify_one();
  return absl::OkStatus();
}

bool LogQueue::run(Command command) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    commands_.push_back(std::move(command));
  }
  filled_.notify_one();
  return true;
}

void LogQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_one();
}

LogQueue::Work LogQueue::take() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [this] { return closed_ || !appends_.empty() || !commands_.empty(); });
  Work work;
  work.commands = std::exchange(commands_, {});
  size_t batch_bytes = 0;
  while (!appends_.empty()) {
    const size_t record_bytes = appends_.front().record.size();
    batch_bytes += record_bytes + log_record_head_bytes;
    if (batch_bytes > limits::log_batch_bytes_max) break;
    bytes_ -= record_bytes;
    work.appends.push_back(std::move(appends_.front()));
    appends_.pop_front();
  }
  return work;
}

}  // namespace tocsin::cluster
