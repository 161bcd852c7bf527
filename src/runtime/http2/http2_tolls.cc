#include "runtime/http2/http2_tolls.h"

#include <algorithm>
#include <nghttp2/nghttp2.h>
#include <utility>

namespace tocsin::runtime {

uint32_t Http2Tolls::price_of(std::string_view bytes, bool stranger) {
  uint32_t tokens = 0;
  while (!bytes.empty()) {
    const size_t skipped = std::min(skipped_bytes_, bytes.size());
    skipped_bytes_ -= skipped;
    bytes.remove_prefix(skipped);
    const size_t read = std::min(header_bytes - header_size_, bytes.size());
    std::copy_n(bytes.begin(), read, header_.begin() + static_cast<ptrdiff_t>(header_size_));
    header_size_ += read;
    bytes.remove_prefix(read);
    if (header_size_ < header_bytes) break;
    tokens += price_of_frame(stranger);
    header_size_ = 0;
    skipped_bytes_ = size_t{header_[0]} << 16 | size_t{header_[1]} << 8 | header_[2];
  }
  return tokens;
}

uint32_t Http2Tolls::price_of_frame(bool stranger) {
  const size_t size = size_t{header_[0]} << 16 | size_t{header_[1]} << 8 | header_[2];
  const uint8_t flags = header_[4];
  switch (header_[3]) {
    case NGHTTP2_HEADERS:
      allow_window_updates();
      ++heads_owed_;
      return 0;
    case NGHTTP2_DATA:
      if ((flags & NGHTTP2_FLAG_END_STREAM) != 0) return 0;
      // What is padded may hold nothing else.
      if (size == 0 || (flags & NGHTTP2_FLAG_PADDED) != 0) return http2_prices::frame;
      return stranger && size < data_bytes_min ? http2_prices::frame : 0;
    case NGHTTP2_WINDOW_UPDATE:
      if (window_updates_free_ == 0) return http2_prices::frame;
      --window_updates_free_;
      return 0;
    default:
      return http2_prices::frame;
  }
}

uint32_t Http2Tolls::price_of_ignored_heads() {
  if (heads_owed_ <= 0) return 0;
  return static_cast<uint32_t>(std::exchange(heads_owed_, 0)) * http2_prices::frame;
}

void Http2Tolls::allow_window_updates() {
  window_updates_free_ =
      std::min(window_updates_free_ + window_updates_per_frame, window_updates_max);
}

}  // namespace tocsin::runtime
