// A watch over REST as a caller reads it: events one by one, each awaited.
//
// Thread: the test's, and one of its own that reads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/http/https_client.h"

namespace tocsin::test {

class EventReader {
 public:
  EventReader(std::unique_ptr<runtime::HttpsClient> client, runtime::HttpsRequest request)
      : client_(std::move(client)), reading_([this, request = std::move(request)] {
          auto answer = client_->stream(request, [this](std::string_view bytes) {
            const std::lock_guard lock(mutex_);
            text_ += bytes;
            changed_.notify_all();
            return !left_;
          });
          const std::lock_guard lock(mutex_);
          answer_ = std::move(answer);
          changed_.notify_all();
        }) {}
  ~EventReader() {
    if (reading_.joinable()) reading_.join();
  }

  // The next event that is not a comment, without its id line; "" at the end of the stream.
  std::string next() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return answer_ || text_.find("\n\n") != std::string::npos; });
      const size_t end = text_.find("\n\n");
      if (end == std::string::npos) return {};
      std::string event = text_.substr(0, end);
      text_.erase(0, end + 2);
      if (event.starts_with(":")) continue;
      if (event.starts_with("id: ")) event.erase(0, event.find('\n') + 1);
      return event;
    }
  }
  // Go at the next event.
  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
  }
  // The answer after the last event.
  runtime::HttpsAnswer answer() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return answer_.has_value(); });
    return answer_->ok() ? **answer_ : runtime::HttpsAnswer();
  }

 private:
  std::unique_ptr<runtime::HttpsClient> client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool left_ = false;
  std::optional<absl::StatusOr<runtime::HttpsAnswer>> answer_;
  std::thread reading_;  // the last: it uses the rest
};

}  // namespace tocsin::test
