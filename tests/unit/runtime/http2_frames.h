// Frames of HTTP/2 as bytes, and back, for tests that say what no library would.
#pragma once

#include <cstdint>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::runtime::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string be(uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
  return out;
}

inline std::string frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  return be(payload.size(), 3) + be(type, 1) + be(flags, 1) + be(stream, 4) + std::string(payload);
}

// HPACK: all literals, nothing in a table (RFC 7541 section 6.2.2).
inline std::string hpack(const Fields& fields) {
  const auto text = [](std::string_view value) {
    std::string out;
    if (value.size() < 127) {
      out.push_back(static_cast<char>(value.size()));
    } else {
      out.push_back(127);
      size_t rest = value.size() - 127;
      for (; rest >= 128; rest >>= 7) out.push_back(static_cast<char>(rest % 128 + 128));
      out.push_back(static_cast<char>(rest));
    }
    return out + std::string(value);
  };
  std::string out;
  for (const auto& [name, value] : fields) out += std::string(1, '\0') + text(name) + text(value);
  return out;
}

inline Fields get_fields(std::string path = "/") {
  return {{":method", "GET"}, {":scheme", "https"}, {":path", path}, {":authority", "api"}};
}

inline Fields post_fields(std::string path = "/") {
  return {{":method", "POST"}, {":scheme", "https"}, {":path", path}, {":authority", "api"}};
}

inline std::string headers(uint32_t stream, const Fields& fields, bool is_end) {
  const uint8_t flags = NGHTTP2_FLAG_END_HEADERS | (is_end ? NGHTTP2_FLAG_END_STREAM : 0);
  return frame(NGHTTP2_HEADERS, flags, stream, hpack(fields));
}

inline std::string get(uint32_t stream) { return headers(stream, get_fields(), true); }
inline std::string post(uint32_t stream) { return headers(stream, post_fields(), false); }

inline std::string data(uint32_t stream, std::string_view bytes, bool is_end = false) {
  return frame(NGHTTP2_DATA, is_end ? NGHTTP2_FLAG_END_STREAM : 0, stream, bytes);
}

inline std::string settings(const std::vector<std::pair<uint16_t, uint32_t>>& entries = {}) {
  std::string payload;
  for (const auto& [id, value] : entries) payload += be(id, 2) + be(value, 4);
  return frame(NGHTTP2_SETTINGS, 0, 0, payload);
}

inline std::string settings_ack() { return frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""); }
inline std::string ping(uint8_t flags = 0) { return frame(NGHTTP2_PING, flags, 0, be(7, 8)); }
inline std::string reset(uint32_t stream, uint32_t error = NGHTTP2_CANCEL) {
  return frame(NGHTTP2_RST_STREAM, 0, stream, be(error, 4));
}
inline std::string window_update(uint32_t stream, uint32_t bytes) {
  return frame(NGHTTP2_WINDOW_UPDATE, 0, stream, be(bytes, 4));
}

struct Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload = {};

  bool ends_stream() const {
    return (type == NGHTTP2_DATA || type == NGHTTP2_HEADERS) && (flags & 1) != 0;
  }
  uint32_t number(size_t at) const {
    uint32_t value = 0;
    for (const char c : payload.substr(at, 4)) value = value << 8 | static_cast<uint8_t>(c);
    return value;
  }
};

// Takes all whole frames off the front of `bytes`.
inline std::vector<Frame> take_frames(std::string& bytes) {
  std::vector<Frame> frames;
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(bytes[at]); };
  while (bytes.size() >= 9) {
    const size_t length = size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2);
    if (bytes.size() < 9 + length) break;
    const uint32_t stream =
        (uint32_t{byte(5)} << 24 | uint32_t{byte(6)} << 16 | uint32_t{byte(7)} << 8 | byte(8)) &
        0x7fffffff;
    frames.push_back({byte(3), byte(4), stream, bytes.substr(9, length)});
    bytes.erase(0, 9 + length);
  }
  return frames;
}

}  // namespace tocsin::runtime::test
