#include "runtime/http2/http2_intake.h"

#include <utility>

#include "base/limits.h"

namespace tocsin::runtime {

size_t Http2Intake::take(std::string_view bytes) {
  const size_t taken = kept_.empty() ? deliver(bytes) : 0;
  if (is_dropped_) return bytes.size() + forget();
  kept_ += bytes.substr(taken);
  return taken;
}

size_t Http2Intake::resume() {
  is_welcome_ = true;
  if (is_busy_ || !is_open()) return 0;
  const size_t taken = deliver(kept_);
  if (is_dropped_) return forget();
  kept_.erase(0, taken);
  if (kept_.empty()) kept_ = {};
  end_when_due();
  return taken;
}

size_t Http2Intake::drop() {
  is_dropped_ = true;
  return is_busy_ ? 0 : forget();
}

void Http2Intake::on_end() {
  is_ended_ = true;
  end_when_due();
}

size_t Http2Intake::held_bytes() const {
  return is_open() ? kept_.size() + sink_->held_bytes() : 0;
}

size_t Http2Intake::deliver(std::string_view bytes) {
  size_t taken = 0;
  is_busy_ = true;
  while (taken < bytes.size() && is_welcome_ && !is_dropped_) {
    const std::string_view piece = bytes.substr(taken, limits::http_piece_bytes_max);
    taken += piece.size();
    is_welcome_ = false;  // resume() may come before the call returns
    if (sink_->on_piece(piece)) is_welcome_ = true;
  }
  is_busy_ = false;
  return taken;
}

void Http2Intake::end_when_due() {
  if (!is_ended_ || !is_welcome_ || !kept_.empty() || is_busy_ || !is_open()) return;
  is_busy_ = true;
  sink_->on_end();
  is_busy_ = false;
  sink_ = nullptr;
}

size_t Http2Intake::forget() {
  sink_ = nullptr;
  return std::exchange(kept_, {}).size();
}

}  // namespace tocsin::runtime
