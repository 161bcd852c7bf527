// How a view comes out of nanopb: a buffer stream's `state` is the current read position, so a
// callback field takes that pointer and skips. nanopb hands over a field that was sent as a number
// (the wrong wire type for a text) as a copy on its own stack; such a pointer lies outside the body
// and is refused, or the view would dangle.
#include <algorithm>
#include <cstring>
#include <functional>

#include <pb_decode.h>

#include "device.pb.h"
#include "wire/codec.h"
#include "wire/hello_auth.h"
#include "wire/utf8.h"

namespace tocsin::wire {
namespace {

// One decode() in progress.
struct Decoding {
  ByteView body;
  Code code = Code::ok;

  bool fail(Code why) {
    if (code == Code::ok) code = why;
    return false;
  }
};

// One callback field of it: where the value goes and how long it may be.
struct Target {
  Decoding* decoding;
  void* to;
  size_t bytes_max;
};

Target& target_of(void** arg) { return *static_cast<Target*>(*arg); }

bool take_view(pb_istream_t* stream, Decoding& decoding, ByteView& view) {
  const auto* at = static_cast<const uint8_t*>(stream->state);
  const std::less<const uint8_t*> before;
  const ByteView body = decoding.body;
  if (before(at, body.data()) || before(body.data() + body.size(), at + stream->bytes_left)) {
    return decoding.fail(Code::malformed);
  }
  view = {at, stream->bytes_left};
  return pb_read(stream, nullptr, stream->bytes_left);
}

bool take_text_view(pb_istream_t* stream, const Target& target, std::string_view& text) {
  ByteView view;
  if (!take_view(stream, *target.decoding, view)) return false;
  if (view.size() > target.bytes_max) return target.decoding->fail(Code::too_large);
  if (!is_utf8(view)) return target.decoding->fail(Code::malformed);
  text = as_text(view);
  return true;
}

bool on_bytes(pb_istream_t* stream, const pb_field_t*, void** arg) {
  const Target& target = target_of(arg);
  return take_view(stream, *target.decoding, *static_cast<ByteView*>(target.to));
}

bool on_text(pb_istream_t* stream, const pb_field_t*, void** arg) {
  const Target& target = target_of(arg);
  return take_text_view(stream, target, *static_cast<std::string_view*>(target.to));
}

bool on_optional_text(pb_istream_t* stream, const pb_field_t*, void** arg) {
  const Target& target = target_of(arg);
  auto& text = *static_cast<std::optional<std::string_view>*>(target.to);
  return take_text_view(stream, target, text.emplace());
}

template <typename List>
bool on_texts(pb_istream_t* stream, const pb_field_t*, void** arg) {
  const Target& target = target_of(arg);
  std::string_view text;
  if (!take_text_view(stream, target, text)) return false;
  if (!static_cast<List*>(target.to)->push_back(text)) {
    return target.decoding->fail(Code::too_large);
  }
  return true;
}

// Packed (one field of many ids) and unpacked (one field per id) both arrive here.
bool on_ids(pb_istream_t* stream, const pb_field_t*, void** arg) {
  const Target& target = target_of(arg);
  while (stream->bytes_left > 0) {
    MessageId id;
    if (!pb_decode_fixed64(stream, &id.value)) return false;
    if (id.value == 0) return target.decoding->fail(Code::malformed);
    if (!static_cast<MessageIdList*>(target.to)->push_back(id)) {
      return target.decoding->fail(Code::too_large);
    }
  }
  return true;
}

pb_callback_t callback(bool (*decode)(pb_istream_t*, const pb_field_t*, void**), Target& target) {
  pb_callback_t field{};
  field.funcs.decode = decode;
  field.arg = &target;
  return field;
}

bool read(Decoding& decoding, ByteView bytes, const pb_msgdesc_t* fields, void* raw) {
  pb_istream_t stream = pb_istream_from_buffer(bytes.data(), bytes.size());
  return pb_decode(&stream, fields, raw) || decoding.fail(Code::malformed);
}

bool on_data(pb_istream_t* stream, const pb_field_t*, void** arg) {
  const Target& target = target_of(arg);
  Decoding& decoding = *target.decoding;
  ByteView entry_bytes;
  if (!take_view(stream, decoding, entry_bytes)) return false;
  DataEntry entry;
  Target key{&decoding, &entry.key, limits::data_key_bytes_max};
  Target value{&decoding, &entry.value, limits::message_content_bytes_max};
  tocsin_v1_DataEntry raw = tocsin_v1_DataEntry_init_zero;
  raw.key = callback(on_text, key);
  raw.value = callback(on_text, value);
  if (!read(decoding, entry_bytes, tocsin_v1_DataEntry_fields, &raw)) return false;
  if (!static_cast<decltype(Push::data)*>(target.to)->push_back(entry)) {
    return decoding.fail(Code::too_large);
  }
  return true;
}

size_t content_bytes(const Push& push) {
  size_t bytes = push.title.size() + push.body.size();
  for (const DataEntry& entry : push.data) bytes += entry.key.size() + entry.value.size();
  return bytes;
}

// The number in an enum field: a peer may have put one there that the enum has no name for, and
// loading that as the enum is undefined.
template <typename Enum>
uint32_t number_in(const Enum& field) {
  uint32_t number;
  static_assert(sizeof field == sizeof number);
  std::memcpy(&number, &field, sizeof number);
  return number;
}

bool take_device(ByteView bytes, DeviceId& device) {
  if (bytes.size() != device.bytes.size()) return false;
  std::copy(bytes.begin(), bytes.end(), device.bytes.begin());
  return true;
}

Code decode_ids(ByteView body, const pb_msgdesc_t* fields, MessageIdList& ids) {
  ids.clear();
  Decoding decoding{body};
  Target list{&decoding, &ids, 0};
  // Ack and Opened are the same struct: one list of ids.
  static_assert(sizeof(tocsin_v1_Ack) == sizeof(pb_callback_t));
  static_assert(sizeof(tocsin_v1_Opened) == sizeof(pb_callback_t));
  pb_callback_t raw = callback(on_ids, list);
  if (!read(decoding, body, fields, &raw)) return decoding.code;
  return ids.empty() ? Code::malformed : Code::ok;
}

}  // namespace

Code decode(ByteView body, Register& message) {
  message = {};
  Decoding decoding{body};
  Target app{&decoding, &message.app, limits::app_name_bytes_max};
  Target key{&decoding, &message.registration_key, 0};
  Target nonce{&decoding, &message.install_nonce, 0};
  Target platform{&decoding, &message.platform, limits::device_text_bytes_max};
  Target version{&decoding, &message.app_version, limits::device_text_bytes_max};
  Target tags{&decoding, &message.tags, limits::tag_bytes_max};
  Target language{&decoding, &message.language, limits::attribute_bytes_max};
  Target time_zone{&decoding, &message.time_zone, limits::attribute_bytes_max};
  Target sdk_version{&decoding, &message.sdk_version, limits::device_text_bytes_max};
  Target alias{&decoding, &message.alias, limits::alias_bytes_max};
  Target region{&decoding, &message.region, limits::region_cell_bytes_max};
  tocsin_v1_Register raw = tocsin_v1_Register_init_zero;
  raw.app = callback(on_text, app);
  raw.registration_key = callback(on_bytes, key);
  raw.install_nonce = callback(on_bytes, nonce);
  raw.platform = callback(on_text, platform);
  raw.app_version = callback(on_text, version);
  raw.tags = callback(on_texts<TagList>, tags);
  raw.language = callback(on_text, language);
  raw.time_zone = callback(on_text, time_zone);
  raw.sdk_version = callback(on_text, sdk_version);
  raw.alias = callback(on_text, alias);
  raw.region = callback(on_text, region);
  if (!read(decoding, body, tocsin_v1_Register_fields, &raw)) return decoding.code;
  const bool complete = !message.app.empty() &&
                        message.registration_key.size() == registration_key_bytes &&
                        message.install_nonce.size() == install_nonce_bytes;
  return complete ? Code::ok : Code::malformed;
}

Code decode(ByteView body, Registered& message) {
  message = {};
  Decoding decoding{body};
  ByteView device_bytes;
  Target device{&decoding, &device_bytes, 0};
  Target secret{&decoding, &message.device_secret, 0};
  tocsin_v1_Registered raw = tocsin_v1_Registered_init_zero;
  raw.device_id = callback(on_bytes, device);
  raw.device_secret = callback(on_bytes, secret);
  if (!read(decoding, body, tocsin_v1_Registered_fields, &raw)) return decoding.code;
  const bool complete = take_device(device_bytes, message.device) && raw.app_id != 0 &&
                        message.device_secret.size() == secret_bytes;
  if (!complete) return Code::malformed;
  message.app = AppId{raw.app_id};
  message.key_epoch = raw.key_epoch;
  return Code::ok;
}

Code decode(ByteView body, Hello& message) {
  message = {};
  Decoding decoding{body};
  ByteView device_bytes;
  Target device{&decoding, &device_bytes, 0};
  Target mac{&decoding, &message.mac, 0};
  tocsin_v1_Hello raw = tocsin_v1_Hello_init_zero;
  raw.device_id = callback(on_bytes, device);
  raw.mac = callback(on_bytes, mac);
  if (!read(decoding, body, tocsin_v1_Hello_fields, &raw)) return decoding.code;
  const bool complete = take_device(device_bytes, message.device) && raw.app_id != 0 &&
                        message.mac.size() == hello_mac_bytes;
  if (!complete) return Code::malformed;
  message.app = AppId{raw.app_id};
  message.key_epoch = raw.key_epoch;
  message.heartbeat_s = raw.heartbeat_s;
  message.conditions = raw.conditions;
  return Code::ok;
}

Code decode(ByteView body, Welcome& message) {
  message = {};
  Decoding decoding{body};
  Target gateways{&decoding, &message.gateways, limits::gateway_text_bytes_max};
  tocsin_v1_Welcome raw = tocsin_v1_Welcome_init_zero;
  raw.gateways = callback(on_texts<GatewayList>, gateways);
  if (!read(decoding, body, tocsin_v1_Welcome_fields, &raw)) return decoding.code;
  message.server_time_ms = raw.server_time_ms;
  message.heartbeat_s = raw.heartbeat_s;
  return Code::ok;
}

Code decode(ByteView body, Push& message) {
  message = {};
  Decoding decoding{body};
  Target title{&decoding, &message.title, limits::title_bytes_max};
  Target text{&decoding, &message.body, limits::message_content_bytes_max};
  Target data{&decoding, &message.data, 0};
  Target collapse_key{&decoding, &message.collapse_key, limits::collapse_key_bytes_max};
  tocsin_v1_Push raw = tocsin_v1_Push_init_zero;
  raw.title = callback(on_text, title);
  raw.body = callback(on_text, text);
  raw.data = callback(on_data, data);
  raw.collapse_key = callback(on_text, collapse_key);
  if (!read(decoding, body, tocsin_v1_Push_fields, &raw)) return decoding.code;
  const uint32_t priority = number_in(raw.priority);
  if (raw.message_id == 0 || priority > tocsin_v1_Priority_ALERT) return Code::malformed;
  if (content_bytes(message) > limits::message_content_bytes_max) return Code::too_large;
  message.message = MessageId{raw.message_id};
  if (priority != tocsin_v1_Priority_PRIORITY_UNSPECIFIED) {
    message.priority = static_cast<Priority>(priority);
  }
  message.sent_at_ms = raw.sent_at_ms;
  message.expires_at_ms = raw.expires_at_ms;
  message.ack_spread_ms = raw.ack_spread_ms;
  message.recalls = MessageId{raw.recalls};
  return Code::ok;
}

Code decode(ByteView body, Ack& message) {
  return decode_ids(body, tocsin_v1_Ack_fields, message.messages);
}

Code decode(ByteView body, Opened& message) {
  return decode_ids(body, tocsin_v1_Opened_fields, message.messages);
}

Code decode(ByteView body, Conditions& message) {
  message = {};
  Decoding decoding{body};
  tocsin_v1_Conditions raw = tocsin_v1_Conditions_init_zero;
  if (!read(decoding, body, tocsin_v1_Conditions_fields, &raw)) return decoding.code;
  message.conditions = raw.conditions;
  return Code::ok;
}

Code decode(ByteView body, Update& message) {
  message = {};
  Decoding decoding{body};
  Target add{&decoding, &message.add_tags, limits::tag_bytes_max};
  Target remove{&decoding, &message.remove_tags, limits::tag_bytes_max};
  Target alias{&decoding, &message.alias, limits::alias_bytes_max};
  Target region{&decoding, &message.region, limits::region_cell_bytes_max};
  Target language{&decoding, &message.language, limits::attribute_bytes_max};
  Target time_zone{&decoding, &message.time_zone, limits::attribute_bytes_max};
  Target app_version{&decoding, &message.app_version, limits::device_text_bytes_max};
  Target sdk_version{&decoding, &message.sdk_version, limits::device_text_bytes_max};
  tocsin_v1_Update raw = tocsin_v1_Update_init_zero;
  raw.add_tags = callback(on_texts<TagList>, add);
  raw.remove_tags = callback(on_texts<TagList>, remove);
  raw.alias = callback(on_optional_text, alias);
  raw.region = callback(on_optional_text, region);
  raw.language = callback(on_optional_text, language);
  raw.time_zone = callback(on_optional_text, time_zone);
  raw.app_version = callback(on_optional_text, app_version);
  raw.sdk_version = callback(on_optional_text, sdk_version);
  if (!read(decoding, body, tocsin_v1_Update_fields, &raw)) return decoding.code;
  if (message.add_tags.size() + message.remove_tags.size() > limits::tags_per_frame_max) {
    return Code::too_large;
  }
  message.update_id = raw.update_id;
  return Code::ok;
}

Code decode(ByteView body, Updated& message) {
  message = {};
  Decoding decoding{body};
  tocsin_v1_Updated raw = tocsin_v1_Updated_init_zero;
  if (!read(decoding, body, tocsin_v1_Updated_fields, &raw)) return decoding.code;
  message.update_id = raw.update_id;
  return Code::ok;
}

// A reason or code that a newer server introduced is "unspecified" here: the connection ends either
// way, and the numbers sent with it still say when to come back.
Code decode(ByteView body, GoAway& message) {
  message = {};
  Decoding decoding{body};
  Target gateways{&decoding, &message.gateways, limits::gateway_text_bytes_max};
  tocsin_v1_GoAway raw = tocsin_v1_GoAway_init_zero;
  raw.gateways = callback(on_texts<GatewayList>, gateways);
  if (!read(decoding, body, tocsin_v1_GoAway_fields, &raw)) return decoding.code;
  const uint32_t reason = number_in(raw.reason);
  if (reason <= tocsin_v1_GoAway_Reason_IDLE) {
    message.reason = static_cast<GoAway::Reason>(reason);
  }
  message.after_ms = raw.after_ms;
  message.window_ms = raw.window_ms;
  return Code::ok;
}

Code decode(ByteView body, Error& message) {
  message = {};
  Decoding decoding{body};
  Target text{&decoding, &message.message, limits::error_text_bytes_max};
  tocsin_v1_Error raw = tocsin_v1_Error_init_zero;
  raw.message = callback(on_text, text);
  if (!read(decoding, body, tocsin_v1_Error_fields, &raw)) return decoding.code;
  const uint32_t reason = number_in(raw.code);
  if (reason <= tocsin_v1_Error_Code_TIMED_OUT) {
    message.reason = static_cast<Error::Reason>(reason);
  }
  message.retry_after_ms = raw.retry_after_ms;
  return Code::ok;
}

}  // namespace tocsin::wire
