#include "sdk_client/tag.h"

#include <algorithm>

#include "base/limits.h"

namespace tocsin::sdk_client {
namespace {

bool is_tag_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == ':' || c == '-';
}

}  // namespace

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= limits::tag_bytes_max &&
         std::all_of(text.begin(), text.end(), is_tag_char);
}

}  // namespace tocsin::sdk_client
