#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/nchan_peer.h"

#include "tests/unit/compare/garbled.h"
#include "tests/unit/compare/spoken.h"

namespace tocsin::bench::compare {
namespace {

using std::string_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char accepted[] =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "upgrade: websocket\r\n"
    "SEC-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n\r\n";

TEST(WebsocketPeer, asks_for_the_upgrade) {
  WebsocketPeer peer("/subscribe");
  Bytes out;
  peer.start(out);
  EXPECT_TRUE(as_text(out).starts_with("GET /subscribe HTTP/1.1\r\nHost: "));
  EXPECT_TRUE(as_text(out).ends_with("Sec-WebSocket-Version: 13\r\n\r\n"));
}

TEST(WebsocketPeer, hears_the_same_however_the_input_is_cut) {
  const std::string said = accepted + "\x81\x02hi\x89\x01p\x8a\x00\x82\x00"s;
  for (size_t piece = 1; piece <= said.size(); ++piece) {
    WebsocketPeer peer("/");
    const Heard heard = hear(peer, said, piece);
    EXPECT_THAT(heard.messages, ElementsAre("hi", "")) << piece;
    EXPECT_EQ(heard.answers, "\x8a\x81\x00\x00\x00\x00p"s) << piece;
    EXPECT_EQ(heard.readies, 1) << piece;
    EXPECT_THAT(heard.error, IsEmpty());
    EXPECT_EQ(heard.unused_bytes, 0u);
  }
}

TEST(WebsocketPeer, reads_all_three_forms_of_length) {
  const std::string payload(150, 'x');
  WebsocketPeer peer("/");
  const Heard heard = hear(
      peer, accepted + "\x81\x7e\x00\x96"s + payload + "\x81\x7f\0\0\0\0\0\0\0\x96"s + payload, 11);
  EXPECT_THAT(heard.messages, ElementsAre(payload, payload));
}

TEST(WebsocketPeer, refuses_what_a_server_may_not_say) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 403 Forbidden\r\n\r\n", "status 403"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "Sec-WebSocket-Accept"},
      {"HTTP/1.1 101 x\r\nsec-websocket-accept: nonsense\r\n\r\n", "Sec-WebSocket-Accept"},
      {"HTTP/1.1 xyz\r\n\r\n", "bad status"},
      {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1"},
      {accepted + "\x88\x00"s, "closes"},
      {accepted + "\x01\x02hi"s, "fragments"},
      {accepted + "\xc1\x02hi"s, "reserved"},
      {accepted + "\x81\x82\x00\x00\x00\x00hi"s, "masked"},
      {accepted + "\x83\x00"s, "opcode 3"},
      {accepted + "\x89\x7e\x00\x7e"s + std::string(126, 'p'), "ping that is too long"},
      {accepted + "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s, "at most"},
      {accepted + "\x81\x7e\x40\x01"s, "at most"},
  };
  for (const auto& [said, complaint] : cases) {
    WebsocketPeer peer("/");
    EXPECT_THAT(hear(peer, said, 1000).error, HasSubstr(complaint)) << said;
  }
}

TEST(WebsocketPeer, waits_for_no_endless_head) {
  WebsocketPeer peer("/");
  expect_bound(peer, "HTTP/1.1 101 Switching Protocols\r\nx: ", 'x');
}

TEST(WebsocketPeer, survives_garble) {
  feed_garbled([] { return std::make_unique<WebsocketPeer>("/"); },
               accepted + "\x81\x02hi\x89\x01p\x81\x7e\x00\x03hey"s, 20'000);
}

}  // namespace
}  // namespace tocsin::bench::compare
