#include "siege/attack/http2_frames.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tocsin::bench::siege::http2 {
namespace {

constexpr std::string_view magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr uint8_t literal = 0x00;
constexpr uint8_t literal_kept = 0x40;
constexpr uint8_t known = 0x80;

// RFC 7541 section 5.1, with a prefix of seven bits.
void append_length(std::string& block, size_t length) {
  constexpr size_t prefix_max = 127;
  if (length < prefix_max) {
    block += static_cast<char>(length);
    return;
  }
  block += static_cast<char>(prefix_max);
  for (length -= prefix_max; length >= 128; length /= 128) {
    block += static_cast<char>(128 + length % 128);
  }
  block += static_cast<char>(length);
}

void append_literal(std::string& block, uint8_t kind, std::string_view name,
                    std::string_view value) {
  block += static_cast<char>(kind);
  append_length(block, name.size());
  block += name;
  append_length(block, value.size());
  block += value;
}

}  // namespace

void append_frame(std::string& out, Type type, uint8_t flags, uint32_t stream,
                  std::string_view payload) {
  // Length and type are 24 and 8 bits.
  put_be(static_cast<uint32_t>(payload.size()) << 8 | type, out);
  out += static_cast<char>(flags);
  put_be(stream, out);
  out += payload;
}

void append_u32_frame(std::string& out, Type type, uint32_t stream, uint32_t value) {
  std::string payload;
  put_be(value, payload);
  append_frame(out, type, 0, stream, payload);
}

void append_data(std::string& out, uint32_t stream, std::string_view bytes, uint8_t flags) {
  for (; bytes.size() > frame_bytes_max; bytes.remove_prefix(frame_bytes_max)) {
    append_frame(out, data, 0, stream, bytes.substr(0, frame_bytes_max));
  }
  append_frame(out, data, flags, stream, bytes);
}

void append_head(std::string& out, uint32_t stream, std::string_view block, uint8_t flags) {
  Type type = headers;
  for (; block.size() > frame_bytes_max; block.remove_prefix(frame_bytes_max)) {
    append_frame(out, type, std::exchange(flags, uint8_t{0}), stream,
                 block.substr(0, frame_bytes_max));
    type = continuation;
  }
  append_frame(out, type, flags | end_headers, stream, block);
}

void append_preface(std::string& out, uint32_t window) {
  out += magic;
  std::string setting = {0, static_cast<char>(initial_window_size)};
  put_be(window, setting);
  append_frame(out, settings, 0, 0, setting);
  if (window == window_default) return;
  append_u32_frame(out, window_update, 0, window_max - window_default);
}

void append_field(std::string& block, std::string_view name, std::string_view value) {
  append_literal(block, literal, name, value);
}

void append_kept_field(std::string& block, std::string_view name, std::string_view value) {
  append_literal(block, literal_kept, name, value);
}

void append_known_field(std::string& block, uint8_t index) {
  block += static_cast<char>(known | index);
}

std::string request_block(std::string_view method, std::string_view path,
                          std::string_view bearer_key) {
  std::string block;
  append_field(block, ":method", method);
  append_field(block, ":scheme", "https");
  append_field(block, ":path", path);
  append_field(block, ":authority", "127.0.0.1");
  if (!bearer_key.empty()) {
    append_field(block, "authorization", std::string("Bearer ").append(bearer_key));
  }
  return block;
}

std::string grpc_block(std::string_view path, std::string_view bearer_key) {
  std::string block = request_block("POST", path, bearer_key);
  append_field(block, "content-type", "application/grpc");
  append_field(block, "te", "trailers");
  return block;
}

void Http2Reader::read(std::string_view bytes, Http2Listener& listener) {
  while (!bytes.empty()) {
    const size_t taken = std::min(wanted_ - have_, bytes.size());
    if (have_ < kept_.size()) {
      const size_t kept = std::min(taken, kept_.size() - have_);
      std::copy_n(bytes.begin(), kept, kept_.begin() + static_cast<std::ptrdiff_t>(have_));
    }
    have_ += taken;
    bytes.remove_prefix(taken);
    if (have_ < wanted_) return;
    if (wanted_ == header_bytes) wanted_ += u32_at(0) >> 8;
    if (have_ < wanted_) continue;
    on_frame(listener);
    have_ = 0;
    wanted_ = header_bytes;
  }
}

void Http2Reader::on_frame(Http2Listener& listener) const {
  const auto flags = static_cast<uint8_t>(kept_[4]);
  const uint32_t stream = u32_at(5);
  const auto payload_bytes = static_cast<uint32_t>(wanted_ - header_bytes);
  switch (static_cast<uint8_t>(kept_[3])) {
    case data:
      listener.on_data(payload_bytes);
      [[fallthrough]];
    case headers:
      if ((flags & end_stream) != 0) listener.on_stream_end(stream, false);
      break;
    case rst_stream:
      listener.on_stream_end(stream, true);
      break;
    case settings:
      if ((flags & acknowledged) == 0) listener.on_settings();
      break;
    case ping:
      if ((flags & acknowledged) == 0) listener.on_ping({&kept_[header_bytes], kept_bytes_max});
      break;
    case goaway:
      listener.on_goaway(u32_at(header_bytes + 4));
      break;
    case window_update:
      if (stream == 0) listener.on_connection_window(u32_at(header_bytes));
      break;
    default:
      break;
  }
}

}  // namespace tocsin::bench::siege::http2
