#include "runtime/http2/http2_answer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tocsin::runtime {

Http2Answer::Http2Answer(HttpResponse response)
    : piece_(std::move(response.body)),
      source_(std::move(response.source)),
      trailers_(std::move(response.trailers)),
      is_ended_(source_ == nullptr) {}

Http2Read Http2Answer::read(std::span<uint8_t> room,
                            const std::function<HttpBodySource::Take()>& make_take) {
  Http2Read done;
  while (true) {
    done.bytes += copy(room.subspan(done.bytes));
    if (!piece_.empty()) return done;
    if (is_ended_) {
      done.is_end = true;
      done.trailers = all_trailers();
      return done;
    }
    if (done.bytes == room.size()) return done;
    if (!is_asked_) {
      is_asked_ = true;
      source_->next(make_take());
    }
    if (!is_asked_) continue;
    reader_waits_ = done.waits = done.bytes == 0;
    return done;
  }
}

bool Http2Answer::put(std::string piece) {
  if (!std::exchange(is_asked_, false)) return false;
  is_ended_ = piece.empty();
  piece_ = std::move(piece);
  return std::exchange(reader_waits_, false);
}

size_t Http2Answer::copy(std::span<uint8_t> room) {
  const size_t size = std::min(room.size(), piece_.size() - sent_bytes_);
  std::copy_n(piece_.begin() + static_cast<ptrdiff_t>(sent_bytes_), size, room.begin());
  sent_bytes_ += size;
  if (sent_bytes_ == piece_.size()) {
    piece_ = {};
    sent_bytes_ = 0;
  }
  return size;
}

HttpFields Http2Answer::all_trailers() {
  HttpFields all = source_ != nullptr ? source_->trailers() : HttpFields{};
  std::move(trailers_.begin(), trailers_.end(), std::back_inserter(all));
  return all;
}

}  // namespace tocsin::runtime
