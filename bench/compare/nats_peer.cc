#include "compare/nats_peer.h"

#include <charconv>
#include <fmt/format.h>

namespace tocsin::bench::compare {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view message_word = "MSG ";

}  // namespace

void NatsPeer::start(Bytes& out) {
  constexpr std::string_view connect =
      R"(CONNECT {"verbose":false,"pedantic":false,"tls_required":true,"name":"compare",)"
      R"("lang":"c++","version":"1","protocol":1})";
  std::string said = fmt::format("{}\r\n", connect);
  if (!options_.is_publisher) said += fmt::format("SUB {} 1\r\n", options_.subject);
  said += "PING\r\n";
  append(out, as_bytes(said));
  state_ = State::connecting;
}

Fed NatsPeer::feed_one(ByteView in, Bytes& out, Events& events) {
  const std::string_view text = as_text(in);
  const size_t end = text.find(line_end);
  if (end == std::string_view::npos || end > input_bytes_max) {
    return {0, text.size() > input_bytes_max ? "a line that does not end" : ""};
  }
  const std::string_view line = text.substr(0, end);
  const size_t used = end + line_end.size();
  if (!line.starts_with(message_word) || state_ == State::greeted) {
    return {used, on_line(line, out, events)};
  }
  const Payload payload = payload_of(line);
  const size_t payload_end = used + payload.bytes;
  if (!payload.error.empty()) return {0, payload.error};
  if (text.size() < payload_end + line_end.size()) return {};
  if (text.substr(payload_end, line_end.size()) != line_end) {
    return {0, "a MSG whose payload does not end where it says"};
  }
  events.messages.push_back(in.subspan(used, payload.bytes));
  return {payload_end + line_end.size(), {}};
}

std::string NatsPeer::on_line(std::string_view line, Bytes& out, Events& events) {
  if (line.starts_with("INFO ")) {
    // Another one may come at any time: it tells of a changed cluster.
    events.start_tls = state_ == State::greeted;
    return {};
  }
  if (state_ == State::greeted) return "the server does not begin with INFO";
  if (line == "PING") {
    append(out, as_bytes("PONG\r\n"));
    return {};
  }
  if (line == "PONG") {
    events.ready = state_ == State::connecting;
    state_ = State::ready;
    return {};
  }
  if (line == "+OK") return {};
  return fmt::format("the server says: {}", line.substr(0, 100));
}

// MSG <subject> <sid> [reply-to] <bytes>
NatsPeer::Payload NatsPeer::payload_of(std::string_view line) {
  Payload payload;
  const std::string_view digits = line.substr(line.rfind(' ') + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), payload.bytes);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    payload.error = "a MSG without a length";
  } else if (payload.bytes > input_bytes_max) {
    payload.error = fmt::format("a MSG of {} bytes, at most {}", payload.bytes, input_bytes_max);
  }
  return payload;
}

void NatsPeer::publish(ByteView payload, Bytes& out) {
  append(out, as_bytes(fmt::format("PUB {} {}\r\n", options_.subject, payload.size())));
  append(out, payload);
  append(out, as_bytes(line_end));
}

}  // namespace tocsin::bench::compare
