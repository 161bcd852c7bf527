#include "compare/mqtt_peer.h"

#include <fmt/format.h>
#include <string_view>

#include "base/varint.h"

namespace tocsin::bench::compare {
namespace {

// Section 2.2.1: control packet types, in the upper half of the first byte.
constexpr uint8_t connect = 0x10;
constexpr uint8_t connack = 0x20;
constexpr uint8_t publish_type = 0x30;
constexpr uint8_t puback = 0x40;
constexpr uint8_t subscribe_with_flags = 0x82;  // the flags are fixed to 0010
constexpr uint8_t suback = 0x90;
constexpr uint8_t pingresp = 0xd0;

// An hour: longer than any comparison, so that nobody pings while others are measured.
constexpr uint16_t keep_alive_s = 3600;
constexpr uint16_t subscribe_packet_id = 1;
constexpr size_t length_bytes_max = 4;

void put_u16(Bytes& out, size_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void put_text(Bytes& out, std::string_view text) {
  put_u16(out, text.size());
  append(out, as_bytes(text));
}

// Section 2.2.3: the length of a packet is a varint.
void put_packet(Bytes& out, uint8_t head, ByteView body) {
  out.push_back(head);
  append_varint(body.size(), out);
  append(out, body);
}

size_t u16_at(ByteView bytes, size_t at) { return size_t{bytes[at]} << 8 | bytes[at + 1]; }

}  // namespace

void MqttPeer::start(Bytes& out) {
  Bytes body;
  put_text(body, "MQTT");
  body.push_back(4);  // the protocol level of 3.1.1
  const bool is_named = !options_.user_name.empty();
  constexpr uint8_t clean_session = 0x02;
  constexpr uint8_t user_name_and_password = 0xc0;
  body.push_back(is_named ? clean_session | user_name_and_password : clean_session);
  put_u16(body, keep_alive_s);
  put_text(body, options_.client_id);
  if (is_named) {
    put_text(body, options_.user_name);
    put_text(body, "none");
  }
  put_packet(out, connect, body);
}

Fed MqttPeer::feed_one(ByteView in, Bytes& out, Events& events) {
  uint64_t body_bytes = 0;
  size_t length_bytes = 0;
  const VarintResult read = read_varint(in.subspan(1), length_bytes_max, body_bytes, length_bytes);
  if (read == VarintResult::too_long) return {0, "a packet's length has more than four bytes"};
  if (read == VarintResult::incomplete) return {};
  if (body_bytes > input_bytes_max) {
    return {0, fmt::format("a packet of {} bytes, at most {}", body_bytes, input_bytes_max)};
  }
  const ByteView rest = in.subspan(1 + length_bytes);
  if (rest.size() < body_bytes) return {};
  return {in.size() - rest.size() + body_bytes,
          on_packet(in[0], rest.first(body_bytes), out, events)};
}

std::string MqttPeer::on_packet(uint8_t head, ByteView body, Bytes& out, Events& events) {
  switch (head & 0xf0) {
    case connack:
      return on_connack(body, out, events);
    case suback:
      return on_suback(body, events);
    case publish_type:
      return on_publish(head, body, out, events);
    case puback:
    case pingresp:
      return {};
    default:
      return fmt::format("a packet of type {}, which no server sends here", head >> 4);
  }
}

std::string MqttPeer::on_connack(ByteView body, Bytes& out, Events& events) {
  if (state_ != State::connecting || body.size() != 2) return "a CONNACK that is not in order";
  if (body[1] != 0) return fmt::format("the server refused to connect, return code {}", body[1]);
  if (options_.is_publisher) {
    state_ = State::ready;
    events.ready = true;
    return {};
  }
  subscribe(out);
  state_ = State::subscribing;
  return {};
}

void MqttPeer::subscribe(Bytes& out) const {
  Bytes body;
  put_u16(body, subscribe_packet_id);
  put_text(body, options_.topic);
  body.push_back(options_.qos);
  put_packet(out, subscribe_with_flags, body);
}

std::string MqttPeer::on_suback(ByteView body, Events& events) {
  if (state_ != State::subscribing || body.size() != 3 || u16_at(body, 0) != subscribe_packet_id) {
    return "a SUBACK that is not in order";
  }
  if (body[2] != options_.qos) {
    return fmt::format("asked for QoS {}, the server grants {}", options_.qos, body[2]);
  }
  state_ = State::ready;
  events.ready = true;
  return {};
}

std::string MqttPeer::on_publish(uint8_t head, ByteView body, Bytes& out, Events& events) {
  const unsigned qos = (head >> 1) & 3;
  if (state_ != State::ready) return "a PUBLISH before the SUBACK";
  if (qos > 1) return fmt::format("a PUBLISH of QoS {}", qos);
  if (body.size() < 2) return "a PUBLISH without a topic";
  const size_t topic_end = 2 + u16_at(body, 0);
  const size_t payload_begin = topic_end + (qos == 1 ? 2 : 0);
  if (body.size() < payload_begin) return "a PUBLISH that ends within its header";
  if (qos == 1) put_packet(out, puback, body.subspan(topic_end, 2));
  events.messages.push_back(body.subspan(payload_begin));
  return {};
}

void MqttPeer::publish(ByteView payload, Bytes& out) {
  Bytes body;
  put_text(body, options_.topic);
  if (options_.qos == 1) {
    put_u16(body, next_packet_id_);
    next_packet_id_ = next_packet_id_ == UINT16_MAX ? 1 : next_packet_id_ + 1;
  }
  append(body, payload);
  put_packet(out, static_cast<uint8_t>(publish_type | options_.qos << 1), body);
}

}  // namespace tocsin::bench::compare
