#include "compare/mqtt_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/compare/garbled.h"
#include "tests/unit/compare/spoken.h"

namespace tocsin::bench::compare {
namespace {

using std::string_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char connack[] = "\x20\x02\x00\x00";
constexpr char suback_qos0[] = "\x90\x03\x00\x01\x00";
constexpr char suback_qos1[] = "\x90\x03\x00\x01\x01";

std::string text(const char* bytes, size_t count) { return {bytes, count}; }

std::string accepted(uint8_t qos) {
  return text(connack, 4) + text(qos == 0 ? suback_qos0 : suback_qos1, 5);
}

MqttPeer::Options options_of(uint8_t qos) {
  MqttPeer::Options options;
  options.client_id = "c1";
  options.topic = "t";
  options.qos = qos;
  return options;
}

TEST(MqttPeer, says_connect_byte_for_byte) {
  MqttPeer peer(options_of(0));
  Bytes out;
  peer.start(out);
  EXPECT_EQ(as_text(out), "\x10\x0e\x00\x04MQTT\x04\x02\x0e\x10\x00\x02"s + "c1");
}

TEST(MqttPeer, says_user_name_and_password_when_it_has_one) {
  MqttPeer::Options options = options_of(0);
  options.user_name = "u";
  MqttPeer peer(options);
  Bytes out;
  peer.start(out);
  EXPECT_EQ(out[9], 0xc2);
  EXPECT_TRUE(as_text(out).ends_with("\x00\x01u\x00\x04none"s));
}

TEST(MqttPeer, subscribes_once_connected) {
  MqttPeer peer(options_of(1));
  const Heard heard = hear(peer, text(connack, 4), 100);
  EXPECT_EQ(heard.answers, "\x82\x06\x00\x01\x00\x01t\x01"s);
  EXPECT_EQ(heard.readies, 0);
}

TEST(MqttPeer, hears_the_same_however_the_input_is_cut) {
  const std::string said =
      accepted(0) + "\x30\x05\x00\x01thi"s + "\xd0\x00"s + "\x30\x03\x00\x01t"s;
  for (size_t piece = 1; piece <= said.size(); ++piece) {
    MqttPeer peer(options_of(0));
    const Heard heard = hear(peer, said, piece);
    EXPECT_THAT(heard.messages, ElementsAre("hi", "")) << piece;
    EXPECT_EQ(heard.readies, 1) << piece;
    EXPECT_THAT(heard.error, IsEmpty());
    EXPECT_EQ(heard.unused_bytes, 0u);
  }
}

TEST(MqttPeer, reads_a_length_of_two_bytes) {
  MqttPeer peer(options_of(0));
  const std::string payload(150, 'x');
  const Heard heard = hear(peer, accepted(0) + "\x30\x99\x01\x00\x01t"s + payload, 7);
  EXPECT_THAT(heard.messages, ElementsAre(payload));
}

TEST(MqttPeer, acknowledges_at_qos_1) {
  MqttPeer peer(options_of(1));
  const Heard heard = hear(peer, accepted(1) + "\x32\x07\x00\x01t\x12\x34hi"s, 100);
  EXPECT_THAT(heard.messages, ElementsAre("hi"));
  EXPECT_TRUE(heard.answers.ends_with("\x40\x02\x12\x34"));
}

TEST(MqttPeer, refuses_what_a_server_may_not_say) {
  const std::pair<std::string, std::string> cases[] = {
      {"\x20\x02\x00\x05"s, "return code 5"},
      {"\x20\x01\x00"s, "CONNACK"},
      {text(connack, 4) + text(connack, 4), "CONNACK"},
      {text(connack, 4) + "\x90\x03\x00\x02\x00"s, "SUBACK"},
      {text(connack, 4) + "\x90\x03\x00\x01\x80"s, "grants 128"},
      {"\x30\x05\x00\x01thi"s, "before the SUBACK"},
      {accepted(0) + "\x30\x01\x00"s, "without a topic"},
      {accepted(0) + "\x30\x03\x00\x09t"s, "within its header"},
      {accepted(0) + "\x32\x04\x00\x01t\x01"s, "within its header"},
      {accepted(0) + "\x34\x05\x00\x01t\x00\x01"s, "QoS 2"},
      {"\x10\x00"s, "type 1"},
      {"\x30\xff\xff\xff\xff\x01"s, "four bytes"},
      {"\x30\xff\xff\xff\x7f"s, "at most"},
  };
  for (const auto& [said, complaint] : cases) {
    MqttPeer peer(options_of(0));
    EXPECT_THAT(hear(peer, said, 100).error, HasSubstr(complaint));
  }
}

TEST(MqttPeer, publishes_at_both_qualities) {
  for (const uint8_t qos : {0, 1}) {
    MqttPeer::Options options = options_of(qos);
    options.is_publisher = true;
    MqttPeer peer(options);
    EXPECT_EQ(hear(peer, text(connack, 4), 1).readies, 1);
    Bytes out;
    peer.publish(as_bytes("hi"), out);
    EXPECT_EQ(as_text(out), qos == 0 ? "\x30\x05\x00\x01thi"s : "\x32\x07\x00\x01t\x00\x01hi"s);
  }
}

TEST(MqttPeer, survives_garble) {
  feed_garbled([] { return std::make_unique<MqttPeer>(options_of(1)); },
               accepted(1) + "\x32\x07\x00\x01t\x12\x34hi\x30\x05\x00\x01thi"s, 20'000);
}

}  // namespace
}  // namespace tocsin::bench::compare
