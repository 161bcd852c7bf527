#include "runtime/http1/http1_body.h"

#include <algorithm>

namespace tocsin::runtime {
namespace {

constexpr uint8_t size_digits_max = 16;  // of 64 bits

// -1: none.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Http1Body::Http1Body(const Http1Framing& framing)
    : is_chunked_(framing.is_chunked()), state_(State::size_first), left_(0) {
  if (is_chunked_) return;
  left_ = framing.length();
  state_ = left_ > 0 ? State::data : State::end;
}

uint64_t Http1Body::bytes_left() const {
  if (state_ == State::end) return 0;
  return is_chunked_ ? UINT64_MAX : left_;
}

Http1Body::Read Http1Body::read(std::string_view input) {
  size_t used = 0;
  while (state_ < State::end && used < input.size()) {
    if (state_ == State::data) {
      Read data = read_data(input.substr(used));
      data.used += used;
      return data;
    }
    state_ = step(input[used++]);
  }
  if (state_ == State::end) return {Outcome::end, used, {}};
  return {state_ == State::bad ? Outcome::bad : Outcome::more, used, {}};
}

Http1Body::Read Http1Body::read_data(std::string_view input) {
  const std::string_view piece =
      input.substr(0, std::min<uint64_t>(left_, limits::http_piece_bytes_max));
  left_ -= piece.size();
  if (left_ == 0) state_ = is_chunked_ ? State::data_end : State::end;
  return {Outcome::piece, piece.size(), piece};
}

Http1Body::State Http1Body::step(char c) {
  switch (state_) {
    case State::size_first:
    case State::size:
      return on_size(c);
    case State::extension_space:
      if (c == ';') return spend() ? State::extension : State::bad;
      return (c == ' ' || c == '\t') && spend() ? state_ : State::bad;
    case State::extension:
      return on_extension(c);
    case State::size_end:
      if (c != '\n') return State::bad;
      return left_ > 0 ? State::data : State::trailers;
    case State::data_end:
      return c == '\r' ? State::data_last : State::bad;
    case State::data_last:
      return c == '\n' ? State::size_first : State::bad;
    case State::trailers: {
      size_t used = 0;
      const auto verdict = trailers_.scan({&c, 1}, used);
      if (verdict == Http1Lines::Verdict::done) return State::end;
      return verdict == Http1Lines::Verdict::more && spend() ? state_ : State::bad;
    }
    case State::data:
    case State::end:
    case State::bad:
      break;
  }
  return state_;
}

Http1Body::State Http1Body::on_size(char c) {
  const int digit = hex_digit(c);
  if (state_ == State::size_first) {
    left_ = 0;
    digits_ = 0;
    if (digit < 0) return State::bad;
  }
  if (digit >= 0) {
    left_ = left_ << 4 | static_cast<uint64_t>(digit);
    return ++digits_ <= size_digits_max ? State::size : State::bad;
  }
  if (c == '\r') return State::size_end;
  if (!spend()) return State::bad;
  if (c == ';') return State::extension;
  return c == ' ' || c == '\t' ? State::extension_space : State::bad;
}

// What an extension says does not matter here, only where it ends: no string in it holds a CR or
// LF.
Http1Body::State Http1Body::on_extension(char c) {
  if (c == '\r') return State::size_end;
  const bool is_text = c == '\t' || (c != '\x7f' && static_cast<unsigned char>(c) >= ' ');
  return is_text && spend() ? State::extension : State::bad;
}

}  // namespace tocsin::runtime
