// Attributes of a device, by which senders choose devices: how long each may be, and its field.
//
// They are handled by number and not by name, because each use of a name costs a few bytes of
// flash. The server closes the connection over a bad one, so the device checks first.
//
// Thread: values.
// Bound: AttributeRule::bytes_max.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/messages.h"

namespace tocsin::sdk_client {

enum class Attribute : uint8_t { alias, region, language, time_zone, sdk_version };
inline constexpr size_t attributes = 5;

// One text for each, empty when it is not to be sent.
using AttributeTexts = std::array<std::string_view, attributes>;

struct AttributeRule {
  std::string_view wire::Register::*in_register;
  std::optional<std::string_view> wire::Update::*in_update;
  uint8_t bytes_max;
};

// In the order of Attribute.
extern const std::array<AttributeRule, attributes> attribute_rules;

// Whether `text` is UTF-8 of at most `bytes_max` bytes, or empty.
bool is_attribute(std::string_view text, size_t bytes_max);

}  // namespace tocsin::sdk_client
