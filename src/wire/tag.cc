#include "wire/tag.h"

#include "base/limits.h"

namespace tocsin::wire {
namespace {

bool is_tag_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '-';
}

}  // namespace

// A plain loop: what the compiler makes of std::all_of is 200 bytes longer.
bool is_tag(std::string_view text) {
  for (const char c : text) {
    if (!is_tag_char(c)) return false;
  }
  return !text.empty() && text.size() <= limits::tag_bytes_max;
}

}  // namespace tocsin::wire
