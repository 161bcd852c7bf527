#include "runtime/http_server/http_headers.h"

#include <absl/strings/ascii.h>

namespace tocsin::runtime {

void HttpHeaders::add(std::string_view name, std::string_view value) {
  fields_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(name.size()),
                     static_cast<uint32_t>(value.size())});
  for (const char c : name) text_ += absl::ascii_tolower(static_cast<unsigned char>(c));
  text_ += value;
}

std::string_view HttpHeaders::name_of(const Field& field) const {
  return std::string_view(text_).substr(field.name_at, field.name_bytes);
}

std::string_view HttpHeaders::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (name_of(field) == name) {
      return std::string_view(text_).substr(field.name_at + field.name_bytes, field.value_bytes);
    }
  }
  return {};
}

std::string HttpHeaders::media_type() const {
  const std::string_view text = find("content-type");
  std::string type(text.substr(0, text.find_first_of("; \t")));
  for (char& c : type) c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return type;
}

size_t HttpHeaders::count(std::string_view name) const {
  size_t found = 0;
  for (const Field& field : fields_) found += name_of(field) == name;
  return found;
}

}  // namespace tocsin::runtime
