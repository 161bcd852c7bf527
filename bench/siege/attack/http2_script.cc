#include "siege/attack/http2_script.h"

#include <algorithm>
#include <utility>

namespace tocsin::bench::siege {
namespace {

// The connection's window is opened again after so much.
constexpr uint64_t told_bytes = uint64_t{1} << 30;

}  // namespace

void Http2Script::write(std::string& out, uint64_t now_ms) {
  if (!std::exchange(has_greeted_, true)) http2::append_preface(out, window_);
  out += std::exchange(replies_, {});
  if ((is_greeted_ || !reads()) && !lies_in_wait(now_ms)) go_on(out);
}

void Http2Script::read(std::string_view bytes, AttackBoard& board) {
  board_ = &board;
  reader_.read(bytes, *this);
}

uint32_t Http2Script::begin(std::string& out, const std::string& block, uint8_t flags) {
  const uint32_t stream = std::exchange(next_stream_, next_stream_ + 2);
  http2::append_head(out, stream, block, flags);
  open_.insert(stream);
  return stream;
}

bool Http2Script::take_window(size_t bytes) {
  if (send_window_ < bytes) return false;
  send_window_ -= bytes;
  return true;
}

void Http2Script::on_stream_end(uint32_t stream, bool is_reset) {
  board_->count(is_reset ? board_->resets : board_->answers);
  open_.erase(stream);
}

void Http2Script::on_goaway(uint32_t code) {
  board_->count(board_->goaways[std::min(code, AttackBoard::goaway_codes - 1)]);
}

void Http2Script::on_settings() {
  is_greeted_ = true;
  if (!acknowledges()) return;
  http2::append_frame(replies_, http2::settings, http2::acknowledged, 0, {});
}

void Http2Script::on_ping(std::string_view eight_bytes) {
  http2::append_frame(replies_, http2::ping, http2::acknowledged, 0, eight_bytes);
}

void Http2Script::on_data(uint32_t bytes) {
  untold_bytes_ += bytes;
  if (untold_bytes_ < told_bytes) return;
  const auto told = static_cast<uint32_t>(std::exchange(untold_bytes_, 0));
  http2::append_u32_frame(replies_, http2::window_update, 0, told);
}

}  // namespace tocsin::bench::siege
