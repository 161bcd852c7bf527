#include "dispatcher/reply/names.h"

#include <algorithm>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_app_name(std::string_view text) {
  if (text.empty() || text.size() > limits::app_name_bytes_max || !is_lower(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

absl::StatusOr<MessageId> message_id_in(const std::string& text) {
  const auto id = MessageId::parse(text);
  // In form, and nobody's.
  if (!id && text == MessageId{}.text()) {
    return absl::NotFoundError("no message " + text + " of this app, or its report has ended");
  }
  if (!id) return invalid_field("message_id", "a message id is 16 hexadecimal digits");
  return *id;
}

absl::StatusOr<DeviceId> device_id_in(const std::string& text, const std::string& field) {
  const auto id = DeviceId::parse(text);
  if (!id) return invalid_field(field, "a device id is 32 hexadecimal digits");
  return *id;
}

}  // namespace tocsin::dispatcher
