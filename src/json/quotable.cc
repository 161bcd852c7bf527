#include "json/quotable.h"

#include "wire/utf8.h"

namespace tocsin::json {

std::string quotable(std::string_view text) {
  size_t end = text.size();
  if (end > quoted_bytes_max) {
    end = quoted_bytes_max;
    while (end > 0 && wire::continues_character(text[end])) --end;
  }
  std::string out(text.substr(0, end));
  const bool valid = wire::is_utf8(as_bytes(out));
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (!valid && byte >= 0x80)) c = '?';
  }
  if (end < text.size()) out += "...";
  return out;
}

}  // namespace tocsin::json
