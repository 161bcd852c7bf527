#include "runtime/http1/http1_framing.h"

#include <charconv>

#include <boost/beast/core/string.hpp>

namespace tocsin::runtime {

void Http1Framing::on_content_length(std::string_view value) {
  ++lengths_;
  const char* const end = value.data() + value.size();
  // Takes no sign, for the number has none.
  const auto read = std::from_chars(value.data(), end, length_);
  is_length_bad_ |= value.empty() || read.ec != std::errc() || read.ptr != end;
}

void Http1Framing::on_transfer_encoding(std::string_view value) {
  ++encodings_;
  is_encoding_known_ &= boost::beast::iequals(value, "chunked");
}

Http1Fault Http1Framing::fault(bool is_http10) const {
  if (encodings_ > 0 && lengths_ > 0) {
    return {400, "a request has either Content-Length or Transfer-Encoding"};
  }
  if (encodings_ > 1) return {400, "a request has at most one Transfer-Encoding"};
  if (encodings_ > 0 && is_http10) return {400, "HTTP/1.0 has no Transfer-Encoding"};
  if (!is_encoding_known_) return {501, "the only Transfer-Encoding here is chunked"};
  if (lengths_ > 1) return {400, "a request has at most one Content-Length"};
  if (is_length_bad_) return {400, "Content-Length is not a number of bytes"};
  return {};
}

}  // namespace tocsin::runtime
