#include "sdk_client/attribute.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/utf8.h"

namespace tocsin::sdk_client {

using wire::Register;
using wire::Update;

const std::array<AttributeRule, attributes> attribute_rules = {{
    {&Register::alias, &Update::alias, limits::alias_bytes_max},
    {&Register::region, &Update::region, limits::region_cell_bytes_max},
    {&Register::language, &Update::language, limits::attribute_bytes_max},
    {&Register::time_zone, &Update::time_zone, limits::attribute_bytes_max},
    {&Register::sdk_version, &Update::sdk_version, limits::device_text_bytes_max},
}};

bool is_attribute(std::string_view text, size_t bytes_max) {
  if (text.empty()) return true;
  return text.data() != nullptr && text.size() <= bytes_max && wire::is_utf8(as_bytes(text));
}

}  // namespace tocsin::sdk_client
