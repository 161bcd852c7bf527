// Http1Lines: where a head, or the trailers of a chunked body, ends, and that its lines are lines.
//
// A parser that forgives (a bare LF, a folded line, a space before the colon) and a proxy that does
// not see two different requests in the same bytes: request smuggling. So the lines are checked
// here, byte by byte, before anything else looks at them:
//
//   request line CRLF  ( token ":" text CRLF )*  CRLF        RFC 9112 sections 2.2, 5.1, 5.2
//
// where nothing holds a control character but HTAB in a field's value. Since one byte is one step,
// the verdict does not depend on how the bytes were cut into pieces.
//
// Thread: value.  Bound: none of its own; the caller says how much it shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::runtime {

class Http1Lines {
 public:
  enum class Verdict : uint8_t { more, done, bad };
  enum class First : uint8_t { request_line, field };

  explicit Http1Lines(First first)
      : state_(first == First::request_line ? State::request_line : State::field) {}

  // Go on with `text`, which follows what was shown before. `used`: up to the end of the last line
  // when done, of `text` when there has to be more.
  Verdict scan(std::string_view text, size_t& used);

 private:
  enum class State : uint8_t { request_line, field, name, value, line_end, last_end, done, bad };
  static State step(State state, char c);

  State state_;
};

}  // namespace tocsin::runtime
