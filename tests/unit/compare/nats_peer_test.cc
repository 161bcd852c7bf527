#include "compare/nats_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/compare/garbled.h"
#include "tests/unit/compare/spoken.h"

namespace tocsin::bench::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char info[] = "INFO {\"tls_required\":true}\r\n";

// One that has been greeted and has spoken.
std::unique_ptr<NatsPeer> started(bool is_publisher = false) {
  auto peer = std::make_unique<NatsPeer>(NatsPeer::Options{"t", is_publisher});
  EXPECT_EQ(hear(*peer, info, 100).start_tls, 1);
  Bytes out;
  peer->start(out);
  return peer;
}

TEST(NatsPeer, starts_tls_after_the_greeting_however_it_is_cut) {
  for (size_t piece = 1; piece < sizeof info; ++piece) {
    NatsPeer peer({"t", false});
    ASSERT_TRUE(peer.is_greeted_in_clear());
    const Heard heard = hear(peer, info, piece);
    EXPECT_EQ(heard.start_tls, 1) << piece;
    EXPECT_THAT(heard.error, IsEmpty());
  }
}

TEST(NatsPeer, uses_nothing_behind_the_greeting) {
  NatsPeer peer({"t", false});
  EXPECT_EQ(hear(peer, std::string(info) + "PING\r\n", 100).unused_bytes, 6u);
}

TEST(NatsPeer, connects_and_subscribes) {
  for (const bool is_publisher : {false, true}) {
    NatsPeer peer({"t", is_publisher});
    Bytes out;
    peer.start(out);
    EXPECT_TRUE(as_text(out).starts_with("CONNECT {"));
    EXPECT_TRUE(as_text(out).ends_with("}\r\n" + std::string(is_publisher ? "" : "SUB t 1\r\n") +
                                       "PING\r\n"));
  }
}

TEST(NatsPeer, hears_the_same_however_the_input_is_cut) {
  const std::string said =
      "PONG\r\nMSG t 1 2\r\nhi\r\nPING\r\n+OK\r\nMSG t 1 reply 4\r\n\r\n\r\n\r\nMSG t 1 0\r\n\r\n";
  for (size_t piece = 1; piece <= said.size(); ++piece) {
    const auto peer = started();
    const Heard heard = hear(*peer, said, piece);
    EXPECT_THAT(heard.messages, ElementsAre("hi", "\r\n\r\n", "")) << piece;
    EXPECT_EQ(heard.answers, "PONG\r\n") << piece;
    EXPECT_EQ(heard.readies, 1) << piece;
    EXPECT_THAT(heard.error, IsEmpty());
  }
}

TEST(NatsPeer, takes_a_second_info_as_news) {
  const auto peer = started();
  const Heard heard = hear(*peer, std::string(info) + "PONG\r\n", 100);
  EXPECT_EQ(heard.start_tls, 0);
  EXPECT_EQ(heard.readies, 1);
}

TEST(NatsPeer, refuses_what_a_server_may_not_say) {
  const std::pair<std::string, std::string> cases[] = {
      {"-ERR 'Authorization Violation'\r\n", "Authorization Violation"},
      {"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400"},
      {"MSG t 1 x\r\nhi\r\n", "without a length"},
      {"MSG t 1 -1\r\nhi\r\n", "without a length"},
      {"MSG t 1 99999999999999999999\r\n", "without a length"},
      {"MSG t 1 16385\r\n", "at most"},
      {"MSG t 1 1\r\nhi\r\n", "payload does not end"},
  };
  for (const auto& [said, complaint] : cases) {
    const auto peer = started();
    EXPECT_THAT(hear(*peer, said, 100).error, HasSubstr(complaint)) << said;
  }
  NatsPeer not_greeted({"t", false});
  EXPECT_THAT(hear(not_greeted, "MSG t 1 2\r\nhi\r\n", 100).error, HasSubstr("INFO"));
}

TEST(NatsPeer, waits_for_no_endless_line) {
  const auto peer = started();
  expect_bound(*peer, "+OK", 'x');
}

TEST(NatsPeer, publishes) {
  const auto peer = started(true);
  Bytes out;
  peer->publish(as_bytes("hi"), out);
  EXPECT_EQ(as_text(out), "PUB t 2\r\nhi\r\n");
}

TEST(NatsPeer, survives_garble) {
  feed_garbled([] { return started(); }, "PONG\r\nMSG t 1 2\r\nhi\r\nPING\r\nMSG t 1 r 0\r\n\r\n",
               20'000);
}

}  // namespace
}  // namespace tocsin::bench::compare
