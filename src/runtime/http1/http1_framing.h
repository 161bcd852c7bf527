// Http1Framing: how long a request's body is, by its head, or why nobody can say (RFC 9112
// section 6).
//
// What is read wrongly here is run as somebody's request. So there is one way to announce a body:
// one Content-Length of digits, or, in HTTP/1.1, one Transfer-Encoding that is `chunked`. All else
// ends the connection.
//
// Thread: value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tocsin::runtime {

// What a request is refused with; status 0: it is not.
struct Http1Fault {
  int status = 0;
  std::string_view message = {};  // a literal

  explicit operator bool() const { return status != 0; }
};

class Http1Framing {
 public:
  // The value of a field of that name, once for each field.
  void on_content_length(std::string_view value);
  void on_transfer_encoding(std::string_view value);

  Http1Fault fault(bool is_http10) const;

  bool has_body() const { return is_chunked() || length_ > 0; }
  bool is_chunked() const { return encodings_ > 0; }
  // When it is not chunked.
  uint64_t length() const { return length_; }

 private:
  size_t lengths_ = 0;
  size_t encodings_ = 0;
  uint64_t length_ = 0;
  bool is_length_bad_ = false;
  bool is_encoding_known_ = true;
};

}  // namespace tocsin::runtime
