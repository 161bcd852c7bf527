// Http2Tolls: what the frames that arrive cost their sender, in tokens of its FloodGuard.
//
// It reads nothing but frame headers, before the frames themselves are read, so that every frame is
// seen: also those that are ignored afterwards, of unknown types or for streams that have ended. A
// frame that can lead to a call is free here; what comes of it has its own price (http2_prices).
// WINDOW_UPDATE is free for as long as there is something to give windows back for: so many for
// each request and each DATA frame of ours.
//
// Thread: one owner.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::runtime {

namespace http2_prices {
// A frame that leads to no call.
inline constexpr uint32_t frame = 1;
// A stream that ended without a whole answer: broken, refused with an error, or given up.
inline constexpr uint32_t lost_stream = 10;
// An answer to a request that has shown no valid key.
inline constexpr uint32_t stranger = 40;
// The same on a connection on which others have shown one.
inline constexpr uint32_t stranger_among_others = 2;
// A field of `bytes` beyond what a head may take.
constexpr uint32_t of_excess(size_t bytes) { return 1 + static_cast<uint32_t>(bytes / 256); }
}  // namespace http2_prices

class Http2Tolls {
 public:
  // Tokens for the frames whose headers end in `bytes`, which follow those of the last call and
  // begin with the client's preface (RFC 9113 section 3.4). A `stranger` pays for small DATA frames,
  // too: each costs us more than it holds.
  uint32_t price_of(std::string_view bytes, bool stranger);

  // A request has begun, as one of the HEADERS frames should.
  void on_request() { --heads_owed_; }
  // Tokens for the HEADERS frames that began none, once: trailers, streams that were refused or
  // have ended.
  uint32_t price_of_ignored_heads();

  // A DATA frame has been sent.
  void on_data_sent() { allow_window_updates(); }

 private:
  static constexpr size_t preface_bytes = 24;
  static constexpr size_t header_bytes = 9;
  // WINDOW_UPDATE frames for one request or DATA frame: one each for the stream and the connection.
  static constexpr uint32_t window_updates_per_frame = 2;
  static constexpr uint32_t window_updates_max = 4096;
  // DATA of fewer is small.
  static constexpr size_t data_bytes_min = 256;

  uint32_t price_of_frame(bool stranger);
  void allow_window_updates();

  size_t skipped_bytes_ = preface_bytes;  // before the next header
  std::array<uint8_t, header_bytes> header_ = {};
  size_t header_size_ = 0;  // bytes of it that are there
  // HEADERS frames less requests; a frame may end, and its request begin, in another piece of input.
  int64_t heads_owed_ = 0;
  uint32_t window_updates_free_ = window_updates_per_frame;
};

}  // namespace tocsin::runtime
