#include "compare/nchan_peer.h"

#include <fmt/format.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace tocsin::bench::compare {
namespace {

namespace http = boost::beast::http;

// RFC 6455 section 1.3: the example's key and the answer it must get, the same for every client. The
// key guards against caches, of which there are none here, and so it takes no hash per client.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// Section 5.2.
constexpr uint8_t fin_bit = 0x80;
constexpr uint8_t reserved_bits = 0x70;
constexpr uint8_t mask_bit = 0x80;
constexpr uint8_t opcode_text = 1;
constexpr uint8_t opcode_binary = 2;
constexpr uint8_t opcode_close = 8;
constexpr uint8_t opcode_ping = 9;
constexpr uint8_t opcode_pong = 10;
constexpr size_t control_bytes_max = 125;

// The head of an answer at the front of `in`.
struct Head {
  explicit Head(ByteView in) {
    parser.header_limit(input_bytes_max);
    parser.body_limit(boost::none);
    boost::beast::error_code failure;
    bytes = parser.put(boost::asio::buffer(in.data(), in.size()), failure);
    if (parser.is_header_done() && !failure) return;
    bytes = 0;
    if (failure == http::error::need_more) return;
    error = fmt::format("the server does not speak HTTP/1.1: {}", failure.message());
  }

  http::response_parser<http::empty_body> parser;
  size_t bytes = 0;   // with the empty line; 0: not complete
  std::string error;  // it never will be complete
};

// Bytes of the length field after the first two of a frame.
size_t length_field_bytes(uint8_t short_length) {
  if (short_length == 126) return 2;
  return short_length == 127 ? 8 : 0;
}

// A client's frames are masked; with the mask 0 the payload stays as it is.
void put_pong(Bytes& out, ByteView payload) {
  out.push_back(fin_bit | opcode_pong);
  out.push_back(static_cast<uint8_t>(mask_bit | payload.size()));
  out.insert(out.end(), 4, 0);
  append(out, payload);
}

}  // namespace

Fed HttpPublisher::feed_one(ByteView in, Bytes&, Events&) {
  if (unanswered_ == 0) return {0, "an answer to nothing"};
  const Head head(in);
  if (!head.error.empty() || head.bytes == 0) return {0, head.error};
  const unsigned status = head.parser.get().result_int();
  if (status / 100 != 2) {
    return {0, fmt::format("the server answers a POST with status {}", status)};
  }
  // Without a length there would be no next answer.
  const auto body_bytes = head.parser.content_length();
  if (!body_bytes.has_value() || *body_bytes > input_bytes_max) {
    return {0, "an answer without a usable Content-Length"};
  }
  if (in.size() < head.bytes + *body_bytes) return {};
  --unanswered_;
  return {head.bytes + *body_bytes, {}};
}

void HttpPublisher::publish(ByteView payload, Bytes& out) {
  append(out, as_bytes(fmt::format("POST {} HTTP/1.1\r\n"
                                   "Host: localhost\r\n"
                                   "Content-Type: text/plain\r\n"
                                   "Content-Length: {}\r\n\r\n",
                                   path_, payload.size())));
  append(out, payload);
  ++unanswered_;
}

void WebsocketPeer::start(Bytes& out) {
  append(out, as_bytes(fmt::format("GET {} HTTP/1.1\r\n"
                                   "Host: localhost\r\n"
                                   "Upgrade: websocket\r\n"
                                   "Connection: Upgrade\r\n"
                                   "Sec-WebSocket-Key: {}\r\n"
                                   "Sec-WebSocket-Version: 13\r\n\r\n",
                                   path_, key)));
}

Fed WebsocketPeer::feed_head(ByteView in, Events& events) {
  const Head head(in);
  if (!head.error.empty() || head.bytes == 0) return {0, head.error};
  const unsigned status = head.parser.get().result_int();
  if (status != 101) return {0, fmt::format("the server answers with status {}", status)};
  if (head.parser.get()[http::field::sec_websocket_accept] != accept) {
    return {0, "the server's Sec-WebSocket-Accept is wrong"};
  }
  is_open_ = true;
  events.ready = true;
  return {head.bytes, {}};
}

Fed WebsocketPeer::feed_frame(ByteView in, Bytes& out, Events& events) {
  if (in.size() < 2) return {};
  if ((in[0] & reserved_bits) != 0) return {0, "a frame with reserved bits"};
  if ((in[0] & fin_bit) == 0) return {0, "a message in fragments"};
  if ((in[1] & mask_bit) != 0) return {0, "a masked frame from a server"};
  const size_t field_bytes = length_field_bytes(in[1]);
  if (in.size() < 2 + field_bytes) return {};
  uint64_t length = field_bytes == 0 ? in[1] : 0;
  for (size_t i = 0; i < field_bytes; ++i) length = length << 8 | in[2 + i];
  if (length > input_bytes_max) {
    return {0, fmt::format("a frame of {} bytes, at most {}", length, input_bytes_max)};
  }
  const size_t end = 2 + field_bytes + length;
  if (in.size() < end) return {};
  return {end, on_frame(in[0] & 0x0f, in.subspan(end - length, length), out, events)};
}

std::string WebsocketPeer::on_frame(uint8_t opcode, ByteView payload, Bytes& out, Events& events) {
  switch (opcode) {
    case opcode_text:
    case opcode_binary:
      events.messages.push_back(payload);
      return {};
    case opcode_ping:
      if (payload.size() > control_bytes_max) return "a ping that is too long";
      put_pong(out, payload);
      return {};
    case opcode_pong:
      return {};
    case opcode_close:
      return "the server closes the WebSocket";
    default:
      return fmt::format("a frame with opcode {}", opcode);
  }
}

}  // namespace tocsin::bench::compare
