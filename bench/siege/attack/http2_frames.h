// HTTP/2 frames and HPACK blocks as bytes (RFC 9113, RFC 7541), written and read by hand: a library
// would keep us from what attackers do.
//
// Thread: pure functions and values.  Bound: Http2Reader keeps one frame header and 8 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fixed_int.h"

namespace tocsin::bench::siege::http2 {

enum Type : uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};
inline constexpr uint8_t end_stream = 1;
inline constexpr uint8_t acknowledged = 1;
inline constexpr uint8_t end_headers = 4;
inline constexpr uint16_t initial_window_size = 4;  // a setting
inline constexpr uint32_t window_max = 0x7fffffff;
inline constexpr uint32_t window_default = 65'535;
inline constexpr uint32_t frame_bytes_max = 16'384;
inline constexpr uint32_t cancel = 8;  // an error code

void append_frame(std::string& out, Type type, uint8_t flags, uint32_t stream,
                  std::string_view payload);
void append_u32_frame(std::string& out, Type type, uint32_t stream, uint32_t value);
// DATA, in frames of at most frame_bytes_max; flags of the last one.
void append_data(std::string& out, uint32_t stream, std::string_view bytes, uint8_t flags);
// HEADERS, and CONTINUATION for what does not fit.
void append_head(std::string& out, uint32_t stream, std::string_view block, uint8_t flags);
// The client's preface, with streams' windows of `window`; the connection's as large as can be,
// unless that is the default.
void append_preface(std::string& out, uint32_t window);

// A field as a literal that is not added to the table.
void append_field(std::string& block, std::string_view name, std::string_view value);
// The same, added to the table, in front of all that is there.
void append_kept_field(std::string& block, std::string_view name, std::string_view value);
// A field that is in the table, of an index below 127.
void append_known_field(std::string& block, uint8_t index);
inline constexpr uint8_t first_kept_index = 62;
// :method, :scheme, :path, :authority; `bearer_key` empty: no Authorization.
std::string request_block(std::string_view method, std::string_view path,
                          std::string_view bearer_key = {});
// The head of a gRPC call. This one takes no key, and no answer comes before its body has ended.
std::string grpc_block(std::string_view path, std::string_view bearer_key = {});
inline constexpr char health_check[] = "/grpc.health.v1.Health/Check";

// What a reader tells of.
class Http2Listener {
 public:
  virtual ~Http2Listener() = default;
  virtual void on_stream_end(uint32_t stream, bool is_reset) = 0;
  virtual void on_goaway(uint32_t code) = 0;
  virtual void on_settings() = 0;
  virtual void on_ping(std::string_view eight_bytes) = 0;
  virtual void on_connection_window(uint32_t more) = 0;
  virtual void on_data(uint32_t bytes) = 0;
};

// Follows frames that come in pieces; what is longer than 8 bytes is passed over.
class Http2Reader {
 public:
  void read(std::string_view bytes, Http2Listener& listener);

 private:
  void on_frame(Http2Listener& listener) const;
  uint32_t u32_at(size_t offset) const {
    return get_be<uint32_t>(std::string_view(kept_.data(), kept_.size()).substr(offset));
  }

  static constexpr size_t header_bytes = 9;
  static constexpr size_t kept_bytes_max = 8;
  std::array<char, header_bytes + kept_bytes_max> kept_{};
  size_t have_ = 0;  // of the frame, its header included
  size_t wanted_ = header_bytes;
};

}  // namespace tocsin::bench::siege::http2
