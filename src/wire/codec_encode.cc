#include <algorithm>

#include <pb_encode.h>

#include "device.pb.h"
#include "wire/codec_sink.h"
#include "wire/frame.h"

namespace tocsin::wire {
namespace {

using EncodeField = bool (*)(pb_ostream_t*, const pb_field_t*, void* const*);

const pb_byte_t* raw_bytes(std::string_view text) {
  return reinterpret_cast<const pb_byte_t*>(text.data());
}

bool put_text(pb_ostream_t* stream, const pb_field_t* field, std::string_view text) {
  return pb_encode_tag_for_field(stream, field) &&
         pb_encode_string(stream, raw_bytes(text), text.size());
}

// An empty text is the default and takes no bytes (proto3).
bool on_text(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  const auto& text = *static_cast<const std::string_view*>(*arg);
  return text.empty() || put_text(stream, field, text);
}

// An empty text that is present means "remove", so it does take bytes.
bool on_optional_text(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  const auto& text = *static_cast<const std::optional<std::string_view>*>(*arg);
  return !text.has_value() || put_text(stream, field, *text);
}

bool on_bytes(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  const auto& bytes = *static_cast<const ByteView*>(*arg);
  return bytes.empty() || put_text(stream, field, as_text(bytes));
}

template <typename List>
bool on_texts(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  for (const std::string_view text : *static_cast<const List*>(*arg)) {
    if (!put_text(stream, field, text)) return false;
  }
  return true;
}

// Packed: one field that holds all ids, 8 bytes each.
bool on_ids(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  const auto& ids = *static_cast<const MessageIdList*>(*arg);
  if (ids.empty()) return true;
  if (!pb_encode_tag(stream, PB_WT_STRING, field->tag)) return false;
  if (!pb_encode_varint(stream, ids.size() * sizeof(uint64_t))) return false;
  for (const MessageId id : ids) {
    if (!pb_encode_fixed64(stream, &id.value)) return false;
  }
  return true;
}

pb_callback_t callback(EncodeField encode, const void* value) {
  pb_callback_t field{};
  field.funcs.encode = encode;
  field.arg = const_cast<void*>(value);  // nanopb only reads it
  return field;
}

bool on_data(pb_ostream_t* stream, const pb_field_t* field, void* const* arg) {
  for (const DataEntry& entry : *static_cast<const decltype(Push::data)*>(*arg)) {
    tocsin_v1_DataEntry raw = tocsin_v1_DataEntry_init_zero;
    raw.key = callback(on_text, &entry.key);
    raw.value = callback(on_text, &entry.value);
    if (!pb_encode_tag_for_field(stream, field)) return false;
    if (!pb_encode_submessage(stream, tocsin_v1_DataEntry_fields, &raw)) return false;
  }
  return true;
}

// The raw struct of each message. Its callbacks point at the fields of `message` and at `device`,
// which must therefore outlive it.

tocsin_v1_Register raw_of(const Register& message) {
  tocsin_v1_Register raw = tocsin_v1_Register_init_zero;
  raw.app = callback(on_text, &message.app);
  raw.registration_key = callback(on_bytes, &message.registration_key);
  raw.install_nonce = callback(on_bytes, &message.install_nonce);
  raw.platform = callback(on_text, &message.platform);
  raw.app_version = callback(on_text, &message.app_version);
  raw.tags = callback(on_texts<TagList>, &message.tags);
  raw.language = callback(on_text, &message.language);
  raw.time_zone = callback(on_text, &message.time_zone);
  raw.sdk_version = callback(on_text, &message.sdk_version);
  raw.alias = callback(on_text, &message.alias);
  raw.region = callback(on_text, &message.region);
  return raw;
}

tocsin_v1_Registered raw_of(const Registered& message, const ByteView& device) {
  tocsin_v1_Registered raw = tocsin_v1_Registered_init_zero;
  raw.app_id = message.app.value;
  raw.device_id = callback(on_bytes, &device);
  raw.device_secret = callback(on_bytes, &message.device_secret);
  raw.key_epoch = message.key_epoch;
  return raw;
}

tocsin_v1_Hello raw_of(const Hello& message, const ByteView& device) {
  tocsin_v1_Hello raw = tocsin_v1_Hello_init_zero;
  raw.app_id = message.app.value;
  raw.device_id = callback(on_bytes, &device);
  raw.key_epoch = message.key_epoch;
  raw.mac = callback(on_bytes, &message.mac);
  raw.heartbeat_s = message.heartbeat_s;
  raw.conditions = message.conditions;
  return raw;
}

tocsin_v1_Welcome raw_of(const Welcome& message) {
  tocsin_v1_Welcome raw = tocsin_v1_Welcome_init_zero;
  raw.server_time_ms = message.server_time_ms;
  raw.heartbeat_s = message.heartbeat_s;
  raw.gateways = callback(on_texts<GatewayList>, &message.gateways);
  return raw;
}

tocsin_v1_Push raw_of(const Push& message) {
  tocsin_v1_Push raw = tocsin_v1_Push_init_zero;
  raw.message_id = message.message.value;
  raw.priority = static_cast<tocsin_v1_Priority>(message.priority);
  raw.sent_at_ms = message.sent_at_ms;
  raw.expires_at_ms = message.expires_at_ms;
  raw.ack_spread_ms = message.ack_spread_ms;
  raw.title = callback(on_text, &message.title);
  raw.body = callback(on_text, &message.body);
  raw.data = callback(on_data, &message.data);
  raw.recalls = message.recalls.value;
  raw.collapse_key = callback(on_text, &message.collapse_key);
  return raw;
}

tocsin_v1_Update raw_of(const Update& message) {
  tocsin_v1_Update raw = tocsin_v1_Update_init_zero;
  raw.update_id = message.update_id;
  raw.add_tags = callback(on_texts<TagList>, &message.add_tags);
  raw.remove_tags = callback(on_texts<TagList>, &message.remove_tags);
  raw.alias = callback(on_optional_text, &message.alias);
  raw.region = callback(on_optional_text, &message.region);
  raw.language = callback(on_optional_text, &message.language);
  raw.time_zone = callback(on_optional_text, &message.time_zone);
  raw.app_version = callback(on_optional_text, &message.app_version);
  raw.sdk_version = callback(on_optional_text, &message.sdk_version);
  return raw;
}

tocsin_v1_GoAway raw_of(const GoAway& message) {
  tocsin_v1_GoAway raw = tocsin_v1_GoAway_init_zero;
  raw.reason = static_cast<tocsin_v1_GoAway_Reason>(message.reason);
  raw.after_ms = message.after_ms;
  raw.window_ms = message.window_ms;
  raw.gateways = callback(on_texts<GatewayList>, &message.gateways);
  return raw;
}

tocsin_v1_Error raw_of(const Error& message) {
  tocsin_v1_Error raw = tocsin_v1_Error_init_zero;
  raw.code = static_cast<tocsin_v1_Error_Code>(message.reason);
  raw.message = callback(on_text, &message.message);
  raw.retry_after_ms = message.retry_after_ms;
  return raw;
}

Code put_frame(FrameType type, size_t body_bytes_max, const pb_msgdesc_t* fields, const void* raw,
               const CodecSink& sink) {
  size_t body_bytes = 0;
  if (!pb_get_encoded_size(&body_bytes, fields, raw)) return Code::internal;
  if (body_bytes > body_bytes_max) return Code::too_large;
  FrameHead head;
  const size_t head_bytes = write_frame_head(type, body_bytes, head);
  uint8_t* out = sink.room(sink.to, head_bytes + body_bytes);
  if (out == nullptr) return Code::too_large;
  std::copy_n(head.begin(), head_bytes, out);
  pb_ostream_t stream = pb_ostream_from_buffer(out + head_bytes, body_bytes);
  return pb_encode(&stream, fields, raw) ? Code::ok : Code::internal;
}

Code put_from_device(FrameType type, const pb_msgdesc_t* fields, const void* raw,
                     const CodecSink& sink) {
  return put_frame(type, limits::device_frame_bytes_max, fields, raw, sink);
}

Code put_from_server(FrameType type, const pb_msgdesc_t* fields, const void* raw,
                     const CodecSink& sink) {
  return put_frame(type, limits::server_frame_bytes_max, fields, raw, sink);
}

}  // namespace

Code encode(const Register& message, const CodecSink& sink) {
  const tocsin_v1_Register raw = raw_of(message);
  return put_from_device(FrameType::reg, tocsin_v1_Register_fields, &raw, sink);
}

Code encode(const Registered& message, const CodecSink& sink) {
  const ByteView device = message.device.view();
  const tocsin_v1_Registered raw = raw_of(message, device);
  return put_from_server(FrameType::registered, tocsin_v1_Registered_fields, &raw, sink);
}

Code encode(const Hello& message, const CodecSink& sink) {
  const ByteView device = message.device.view();
  const tocsin_v1_Hello raw = raw_of(message, device);
  return put_from_device(FrameType::hello, tocsin_v1_Hello_fields, &raw, sink);
}

Code encode(const Welcome& message, const CodecSink& sink) {
  const tocsin_v1_Welcome raw = raw_of(message);
  return put_from_server(FrameType::welcome, tocsin_v1_Welcome_fields, &raw, sink);
}

Code encode(const Push& message, const CodecSink& sink) {
  const tocsin_v1_Push raw = raw_of(message);
  return put_from_server(FrameType::push, tocsin_v1_Push_fields, &raw, sink);
}

Code encode(const Ack& message, const CodecSink& sink) {
  tocsin_v1_Ack raw = tocsin_v1_Ack_init_zero;
  raw.message_ids = callback(on_ids, &message.messages);
  return put_from_device(FrameType::ack, tocsin_v1_Ack_fields, &raw, sink);
}

Code encode(const Opened& message, const CodecSink& sink) {
  tocsin_v1_Opened raw = tocsin_v1_Opened_init_zero;
  raw.message_ids = callback(on_ids, &message.messages);
  return put_from_device(FrameType::opened, tocsin_v1_Opened_fields, &raw, sink);
}

Code encode(const Conditions& message, const CodecSink& sink) {
  const tocsin_v1_Conditions raw{message.conditions};
  return put_from_device(FrameType::conditions, tocsin_v1_Conditions_fields, &raw, sink);
}

Code encode(const Update& message, const CodecSink& sink) {
  const tocsin_v1_Update raw = raw_of(message);
  return put_from_device(FrameType::update, tocsin_v1_Update_fields, &raw, sink);
}

Code encode(const Updated& message, const CodecSink& sink) {
  const tocsin_v1_Updated raw{message.update_id};
  return put_from_server(FrameType::updated, tocsin_v1_Updated_fields, &raw, sink);
}

Code encode(const GoAway& message, const CodecSink& sink) {
  const tocsin_v1_GoAway raw = raw_of(message);
  return put_from_server(FrameType::go_away, tocsin_v1_GoAway_fields, &raw, sink);
}

Code encode(const Error& message, const CodecSink& sink) {
  const tocsin_v1_Error raw = raw_of(message);
  return put_from_server(FrameType::error, tocsin_v1_Error_fields, &raw, sink);
}

}  // namespace tocsin::wire
