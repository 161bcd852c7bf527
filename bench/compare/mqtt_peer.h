// MqttPeer: a client of MQTT 3.1.1 (OASIS standard, 29 October 2014), as much of it as a broadcast
// needs.
//
//   CONNECT --CONNACK--> SUBSCRIBE --SUBACK--> ready --PUBLISH--> message (PUBACK at QoS 1)
//                   \--publisher--> ready --publish()--> PUBLISH
//
// Thread: one owner.  Bound: input_bytes_max for one control packet.
#pragma once

#include <cstdint>
#include <string>

#include "compare/speaker.h"

namespace tocsin::bench::compare {

class MqttPeer final : public Speaker {
 public:
  struct Options {
    std::string client_id;
    std::string user_name;  // empty: none, and no password
    std::string topic;
    uint8_t qos = 0;  // 0 or 1, of the subscription or of what is published
    bool is_publisher = false;
  };

  explicit MqttPeer(const Options& options) : options_(options) {}

  void start(Bytes& out) override;
  void publish(ByteView payload, Bytes& out) override;

 private:
  enum class State : uint8_t { connecting, subscribing, ready };

  Fed feed_one(ByteView in, Bytes& out, Events& events) override;
  std::string on_packet(uint8_t head, ByteView body, Bytes& out, Events& events);
  std::string on_connack(ByteView body, Bytes& out, Events& events);
  std::string on_suback(ByteView body, Events& events);
  std::string on_publish(uint8_t head, ByteView body, Bytes& out, Events& events);
  void subscribe(Bytes& out) const;

  Options options_;
  State state_ = State::connecting;
  uint16_t next_packet_id_ = 1;
};

}  // namespace tocsin::bench::compare
