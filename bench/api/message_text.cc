#include "api/message_text.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::api {
namespace {

constexpr char data_key[] = "payload";
constexpr int ttl_s = 3600;
constexpr size_t message_id_digits = 16;

}  // namespace

v1::SendRequest message_for(const SendPlace& place) {
  v1::SendRequest message;
  (*message.mutable_data())[data_key] = std::string(place.payload_bytes, 'x');
  message.mutable_ttl()->set_seconds(ttl_s);
  return message;
}

std::string send_json(const SendPlace& place, const char* field, const std::string& target) {
  return fmt::format(R"({{"{}":"{}","data":{{"{}":"{:x<{}}"}},"ttl":"{}s"}})", field, target,
                     data_key, "", place.payload_bytes, ttl_s);
}

std::string_view message_id_in(std::string_view answer) {
  constexpr std::string_view key = "\"messageId\"";
  const size_t at = answer.find(key);
  if (at == std::string_view::npos) return {};
  answer.remove_prefix(at + key.size());
  const size_t begin = answer.find('"');
  if (begin == std::string_view::npos) return {};
  const std::string_view id = answer.substr(begin + 1, answer.find('"', begin + 1) - begin - 1);
  return is_message_id(id) ? id : std::string_view();
}

bool is_message_id(std::string_view text) {
  return text.size() == message_id_digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace tocsin::api
