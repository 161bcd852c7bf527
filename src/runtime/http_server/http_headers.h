// HttpHeaders: the fields of a message's head, in order; names in lower case, as HTTP/2 has them.
//
// One string holds all text and one vector its places, so that a head costs two allocations.
//
// Thread: value.  Bound: its maker's (http_head_bytes_max).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::runtime {

class HttpHeaders {
 public:
  // `name` in any case.
  void add(std::string_view name, std::string_view value);

  // The value of the first field of that name, which is in lower case; empty when there is none.
  // Lives until add().
  std::string_view find(std::string_view name) const;
  // What Content-Type says, in lower case, without its parameters (RFC 9110 section 8.3.1).
  std::string media_type() const;
  // How many fields have that name.
  size_t count(std::string_view name) const;

  // As SETTINGS_MAX_HEADER_LIST_SIZE counts (RFC 9113 section 6.5.2): 32 bytes a field more than
  // its text.
  size_t list_bytes() const { return text_.size() + 32 * fields_.size(); }

 private:
  struct Field {
    uint32_t name_at;
    uint32_t name_bytes;
    uint32_t value_bytes;  // after the name
  };
  std::string_view name_of(const Field& field) const;

  std::string text_;
  std::vector<Field> fields_;
};

}  // namespace tocsin::runtime
