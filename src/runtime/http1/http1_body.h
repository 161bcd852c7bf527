// Http1Body: cuts the body of one request out of what a connection brings (RFC 9112 sections 6
// and 7).
//
//   length:   data{n}
//   chunked:  ( size [ext] CRLF data{size} CRLF )*  0 [ext] CRLF  trailers CRLF
//
// It keeps nothing: each byte is one step, or is handed on where it lies. That is why it is not
// Beast's parser, which wants a whole chunk head, or all trailers, in one buffer, and (1.81) ends
// the process by an assertion when "0\r\n" and "\r" arrive apart.
//
// Thread: value.  Bound: extensions and trailers of all chunks together http_head_bytes_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "runtime/http1/http1_framing.h"
#include "runtime/http1/http1_lines.h"

namespace tocsin::runtime {

class Http1Body {
 public:
  enum class Outcome : uint8_t { more, piece, end, bad };
  struct Read {
    Outcome outcome;
    size_t used;             // bytes of the input that are done with
    std::string_view piece;  // in the input; not empty when the outcome is piece
  };

  explicit Http1Body(const Http1Framing& framing);

  // Go on with `input`, up to the end of the next piece, of at most http_piece_bytes_max. After end
  // and bad: the same again.
  Read read(std::string_view input);

  // Bytes still to come, where their number is known from the start; UINT64_MAX where not.
  uint64_t bytes_left() const;

 private:
  enum class State : uint8_t {
    size_first,  // the first digit
    size,
    extension_space,  // only ';' may follow
    extension,
    size_end,  // LF
    data,
    data_end,   // CR
    data_last,  // LF
    trailers,
    end,
    bad,
  };

  Read read_data(std::string_view input);
  // One byte that is no data.
  State step(char c);
  State on_size(char c);
  State on_extension(char c);
  // Another byte of what is thrown away.
  bool spend() { return ++overhead_bytes_ <= overhead_bytes_max; }

  static constexpr size_t overhead_bytes_max = limits::http_head_bytes_max;

  bool is_chunked_;
  State state_;
  uint8_t digits_ = 0;
  uint64_t left_;  // of the chunk, or of all
  size_t overhead_bytes_ = 0;
  Http1Lines trailers_{Http1Lines::First::field};
};

}  // namespace tocsin::runtime
