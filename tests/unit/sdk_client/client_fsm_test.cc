// How a device comes, stays and goes. What it does with pushes: client_delivery_test.cc.
#include "sdk_client/client_fsm.h"

#include <set>

#include <gtest/gtest.h>

#include "wire/hello_auth.h"

#include "tests/unit/sdk_client/scripted_server.h"

namespace tocsin::sdk_client {
namespace {

using wire::Code;
using wire::FrameType;
using Reason = wire::Error::Reason;

TEST(ClientFsmTest, RegistersOnceAndSaysHelloOnTheSameConnection) {
  ScriptedServer s;
  s.connect();
  EXPECT_EQ(s.fsm.state(), ClientState::registering);
  EXPECT_EQ(s.persisted, 1) << "the nonce must outlive a crash from here on";
  wire::Register reg;
  const Bytes register_body = s.take_sent(FrameType::reg);
  ASSERT_EQ(wire::decode(register_body, reg), Code::ok);
  EXPECT_EQ(reg.app, "weather");
  EXPECT_EQ(reg.platform, "linux");
  EXPECT_EQ(reg.tags.size(), 2u);
  EXPECT_EQ(reg.install_nonce[0], 0x11);
  EXPECT_EQ(reg.alias, "u-1");
  EXPECT_EQ(reg.region, "");
  EXPECT_EQ(reg.language, "ja");
  EXPECT_EQ(reg.time_zone, "Asia/Tokyo");
  EXPECT_EQ(reg.sdk_version, "0.1.0");

  s.say(ScriptedServer::registered());
  EXPECT_EQ(s.persisted, 2);
  EXPECT_EQ(s.fsm.state(), ClientState::opening);
  EXPECT_TRUE(s.fsm.identity().is_registered());
  EXPECT_EQ(s.fsm.identity().device, ScriptedServer::registered_identity().device);

  wire::Hello hello;
  const Bytes hello_body = s.take_sent(FrameType::hello);
  ASSERT_EQ(wire::decode(hello_body, hello), Code::ok);
  const ClientIdentity& me = s.fsm.identity();
  const wire::HelloMac mac = wire::hello_mac(me.device_secret, s.exporter, AppId{7}, 3, me.device);
  EXPECT_TRUE(equal_constant_time(hello.mac, mac));
  EXPECT_EQ(hello.heartbeat_s, 300u);

  s.say(wire::Welcome{});
  EXPECT_EQ(s.fsm.state(), ClientState::live);
  EXPECT_TRUE(s.sent.empty()) << "the Register said it all";
}

TEST(ClientFsmTest, AKnownDeviceSaysHelloAtOnce) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.connect();
  EXPECT_EQ(s.fsm.state(), ClientState::opening);
  s.take_sent(FrameType::hello);
  EXPECT_TRUE(s.sent.empty());
}

TEST(ClientFsmTest, BytesMayArriveOneByOne) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.connect();
  const Bytes welcome = ScriptedServer::frame(wire::Welcome{1'790'000'000'000, 60, {}});
  for (size_t n = 1; n < welcome.size(); ++n) {
    s.feed(Bytes(welcome.begin(), welcome.begin() + n));
    ASSERT_EQ(s.unread, n);
  }
  s.feed(welcome);
  EXPECT_EQ(s.unread, 0u);
  EXPECT_EQ(s.fsm.state(), ClientState::live);
  EXPECT_EQ(s.fsm.heartbeat_s(), 60u);
}

TEST(ClientFsmTest, TheHeartbeatAdviceIsBounded) {
  for (const auto& [advice_s, expected_s] : {std::pair{0u, limits::heartbeat_s_default},
                                             {1u, limits::heartbeat_s_min},
                                             {1'000'000u, limits::heartbeat_s_max},
                                             {60u, 60u}}) {
    ScriptedServer s(ScriptedServer::registered_identity());
    s.go_live(advice_s);
    EXPECT_EQ(s.fsm.heartbeat_s(), expected_s);
  }
}

TEST(ClientFsmTest, PingsWithinTheHeartbeatAndWaitsForThePong) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live(100);
  const uint64_t live_ms = s.now_ms;
  s.tick_next();
  EXPECT_GE(s.now_ms, live_ms + 90'000);
  EXPECT_LE(s.now_ms, live_ms + 100'000);
  s.take_sent(FrameType::ping);
  s.receive({0x81});
  EXPECT_GT(s.fsm.next_tick_ms(), s.now_ms + limits::answer_deadline_ms);
  s.tick_next();
  s.take_sent(FrameType::ping);
  const uint64_t ping_ms = s.now_ms;
  s.tick_next();
  EXPECT_EQ(s.now_ms, ping_ms + limits::answer_deadline_ms);
  EXPECT_TRUE(s.closed);
  EXPECT_EQ(s.fsm.state(), ClientState::waiting);
  EXPECT_EQ(s.fsm.trouble(), Trouble::no_answer);
}

TEST(ClientFsmTest, AnswersThePingOfTheServer) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  s.receive({0x80, 0x80});
  s.take_sent(FrameType::pong);
  s.take_sent(FrameType::pong);
  EXPECT_TRUE(s.sent.empty());
}

TEST(ClientFsmTest, AnActiveRadioCarriesANearlyDueHeartbeat) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live(100);
  const auto radio = [&s] {
    s.out.clear();
    s.fsm.on_radio_active(s.now_ms, s.out);
    return s.out.send_bytes;
  };
  s.now_ms += 50'000;
  EXPECT_EQ(radio(), 0u) << "half the heartbeat is too early";
  s.now_ms += 30'000;
  EXPECT_EQ(radio(), 1u);
  EXPECT_EQ(radio(), 0u) << "one is on its way";
}

TEST(ClientFsmTest, EveryStepOfTheWayHasADeadline) {
  ScriptedServer connecting(ScriptedServer::registered_identity());
  connecting.fsm.start(connecting.now_ms);
  connecting.tick_next();
  connecting.tick_next();
  EXPECT_EQ(connecting.fsm.trouble(), Trouble::unreachable);
  EXPECT_TRUE(connecting.closed);

  ScriptedServer registering;
  registering.connect();
  registering.tick_next();
  EXPECT_EQ(registering.fsm.trouble(), Trouble::no_answer);

  ScriptedServer opening(ScriptedServer::registered_identity());
  opening.connect();
  opening.tick_next();
  EXPECT_EQ(opening.fsm.trouble(), Trouble::no_answer);
  EXPECT_EQ(opening.fsm.state(), ClientState::waiting);
}

TEST(ClientFsmTest, BacksOffWithFullJitterUpToTheCap) {
  std::set<uint64_t> first_waits;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    ScriptedServer s(ScriptedServer::registered_identity(), seed);
    s.fsm.start(s.now_ms);
    s.tick_next();
    for (int attempt = 0; attempt < 15; ++attempt) {
      s.lose();
      const uint64_t wait_ms = s.fsm.next_tick_ms() - s.now_ms;
      const uint64_t ceiling_ms = std::min<uint64_t>(
          limits::reconnect_cap_ms, uint64_t{limits::reconnect_base_ms} << attempt);
      ASSERT_LE(wait_ms, ceiling_ms);
      if (attempt == 0) first_waits.insert(wait_ms);
      s.tick_next();
      ASSERT_EQ(s.fsm.state(), ClientState::connecting);
    }
    EXPECT_EQ(s.fsm.attempts(), 15u);
  }
  EXPECT_GT(first_waits.size(), 40u) << "a crowd must not come back together";
}

TEST(ClientFsmTest, OnlyAStableSessionForgetsTheFailures) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  s.now_ms += limits::stable_ms - 1;
  s.lose();
  EXPECT_EQ(s.fsm.trouble(), Trouble::lost);
  EXPECT_EQ(s.fsm.attempts(), 1u);
  s.go_live();
  s.now_ms += limits::stable_ms - 1;
  s.lose();
  EXPECT_EQ(s.fsm.attempts(), 2u);
  s.go_live();
  s.now_ms += limits::stable_ms;
  s.lose();
  EXPECT_EQ(s.fsm.attempts(), 1u) << "one failure since the stable session";
}

TEST(ClientFsmTest, GoAwaySaysWhenToComeBackAndWhereTo) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ScriptedServer s(ScriptedServer::registered_identity(), seed);
    s.go_live();
    wire::GoAway go_away;
    go_away.reason = wire::GoAway::Reason::draining;
    go_away.after_ms = 5000;
    go_away.window_ms = 20'000;
    go_away.gateways.push_back("gw2:7443");
    s.say(go_away);
    EXPECT_TRUE(s.closed);
    EXPECT_EQ(s.fsm.trouble(), Trouble::going_away);
    EXPECT_EQ(s.gateways, std::vector<std::string>{"gw2:7443"});
    const uint64_t wait_ms = s.fsm.next_tick_ms() - s.now_ms;
    EXPECT_GE(wait_ms, 5000u);
    EXPECT_LE(wait_ms, 5000u + 20'000 + limits::reconnect_base_ms);
  }
}

TEST(ClientFsmTest, AServerCannotSendADeviceAwayForEver) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  wire::GoAway go_away;
  go_away.after_ms = UINT32_MAX;
  go_away.window_ms = UINT32_MAX;
  s.say(go_away);
  EXPECT_LE(s.fsm.next_tick_ms() - s.now_ms,
            2 * uint64_t{limits::server_wait_ms_max} + limits::reconnect_base_ms);
}

TEST(ClientFsmTest, TwoCopiesOfOneIdentityDoNotFight) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  wire::GoAway go_away;
  go_away.reason = wire::GoAway::Reason::replaced;
  s.say(go_away);
  EXPECT_EQ(s.fsm.trouble(), Trouble::replaced);
  EXPECT_GE(s.fsm.next_tick_ms() - s.now_ms, limits::reconnect_cap_ms / 2);
}

TEST(ClientFsmTest, RegistersAgainWithTheSameNonceWhenTheIdentityIsVoid) {
  for (const auto& [reason, trouble] :
       {std::pair{Reason::unauthenticated, Trouble::unauthenticated},
        {Reason::expired, Trouble::expired},
        {Reason::unknown_device, Trouble::unknown_device}}) {
    ScriptedServer s(ScriptedServer::registered_identity());
    s.connect();
    s.say(ScriptedServer::error(reason));
    EXPECT_EQ(s.fsm.trouble(), trouble);
    EXPECT_EQ(s.error_text, "because");
    EXPECT_TRUE(s.closed);
    EXPECT_FALSE(s.fsm.identity().is_registered());
    s.sent.clear();
    s.tick_next();
    s.come_up();
    EXPECT_EQ(s.fsm.state(), ClientState::registering);
    wire::Register reg;
    const Bytes body = s.take_sent(FrameType::reg);
    ASSERT_EQ(wire::decode(body, reg), Code::ok);
    EXPECT_EQ(reg.install_nonce[0], 0x11);
  }
}

TEST(ClientFsmTest, AnUnknownAppIsFinalUntilStartedAgain) {
  ScriptedServer s;
  s.connect();
  s.say(ScriptedServer::error(Reason::unknown_app));
  EXPECT_EQ(s.fsm.state(), ClientState::given_up);
  EXPECT_EQ(s.fsm.trouble(), Trouble::unknown_app);
  EXPECT_TRUE(s.closed);
  EXPECT_EQ(s.fsm.next_tick_ms(), ClientFsm::never_ms);
  s.fsm.start(s.now_ms);
  EXPECT_EQ(s.fsm.state(), ClientState::waiting);
}

TEST(ClientFsmTest, ABadArgumentIsFinalInRegisterOnly) {
  ScriptedServer registering;
  registering.connect();
  registering.say(ScriptedServer::error(Reason::bad_argument));
  EXPECT_EQ(registering.fsm.state(), ClientState::given_up);

  ScriptedServer live(ScriptedServer::registered_identity());
  live.go_live();
  ASSERT_EQ(live.update_tags({"bad tag"}, {}), Code::ok);
  live.say(ScriptedServer::error(Reason::bad_argument));
  EXPECT_EQ(live.fsm.state(), ClientState::waiting);
  EXPECT_EQ(live.updates, std::vector<UpdateEnd>{UpdateEnd::failed});
}

TEST(ClientFsmTest, AnUnavailableServerIsGivenTheTimeItAsksFor) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.connect();
  s.say(ScriptedServer::error(Reason::unavailable, 10'000));
  EXPECT_EQ(s.fsm.trouble(), Trouble::unavailable);
  EXPECT_GE(s.fsm.next_tick_ms() - s.now_ms, 10'000u);
  const uint64_t before_ms = s.fsm.next_tick_ms();
  s.out.clear();
  s.fsm.on_network_changed(s.now_ms, s.out);
  EXPECT_EQ(s.fsm.next_tick_ms(), before_ms) << "a new network does not overrule the server";
}

TEST(ClientFsmTest, ANewNetworkIsUsedAtOnce) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.fsm.start(s.now_ms);
  s.tick_next();
  for (int i = 0; i < 12; ++i) {
    s.lose();
    s.tick_next();
  }
  s.lose();
  s.out.clear();
  s.fsm.on_network_changed(s.now_ms, s.out);
  EXPECT_LE(s.fsm.next_tick_ms(), s.now_ms + limits::network_change_ms_max);

  s.go_live();
  s.out.clear();
  s.fsm.on_network_changed(s.now_ms, s.out);
  EXPECT_EQ(s.out.send_bytes, 1u) << "a ping finds out whether the connection survived";
}

TEST(ClientFsmTest, WhatIsNotTheProtocolEndsTheConnection) {
  const auto ends = [](const Bytes& bytes) {
    ScriptedServer s(ScriptedServer::registered_identity());
    s.go_live();
    s.receive(bytes);
    EXPECT_TRUE(s.closed);
    EXPECT_EQ(s.fsm.trouble(), Trouble::bad_server);
    EXPECT_EQ(s.fsm.state(), ClientState::waiting);
  };
  ends({0x00});                                               // no such type
  ends({0x43, 0x00});                                         // a push without an id
  ends({0x43, 0xff, 0xff, 0x7f});                             // too long
  ends(ScriptedServer::frame(wire::Welcome{}));               // twice
  ends(ScriptedServer::frame(ScriptedServer::registered()));  // not asked for
  ends({0x02, 0x00});                                         // a device's frame
}

TEST(ClientFsmTest, NothingButTheAnswerComesBeforeWelcome) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.connect();
  s.say(ScriptedServer::push(1));
  EXPECT_TRUE(s.closed);
  EXPECT_TRUE(s.delivered.empty());
}

TEST(ClientFsmTest, TagsChangeOneUpdateAtATimeAndAreConfirmed) {
  ScriptedServer s(ScriptedServer::registered_identity());
  EXPECT_EQ(s.update_tags({"a"}, {}), Code::wrong_state);
  s.go_live();
  ASSERT_EQ(s.update_tags({"a"}, {"b", "c"}), Code::ok);
  EXPECT_EQ(s.update_tags({"d"}, {}), Code::overloaded);
  wire::Update update;
  const Bytes body = s.take_sent(FrameType::update);
  ASSERT_EQ(wire::decode(body, update), Code::ok);
  EXPECT_EQ(update.add_tags.size(), 1u);
  EXPECT_EQ(update.remove_tags.size(), 2u);
  s.say(wire::Updated{update.update_id + 1});
  EXPECT_TRUE(s.updates.empty()) << "not the answer to this one";
  s.say(wire::Updated{update.update_id});
  EXPECT_EQ(s.updates, std::vector<UpdateEnd>{UpdateEnd::confirmed});
  EXPECT_EQ(s.update_tags({"d"}, {}), Code::ok);
}

TEST(ClientFsmTest, AnUpdateWithoutAnAnswerFails) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live(1800);
  ASSERT_EQ(s.update_tags({"a"}, {}), Code::ok);
  s.tick_next();
  EXPECT_EQ(s.updates, std::vector<UpdateEnd>{UpdateEnd::failed});
  ASSERT_EQ(s.update_tags({"a"}, {}), Code::ok);
  s.lose();
  EXPECT_EQ(s.updates, (std::vector<UpdateEnd>{UpdateEnd::failed, UpdateEnd::failed}));
}

TEST(ClientFsmTest, AnAttributeChangesAsTagsDo) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  wire::Update change;
  change.alias = "";
  change.region = "wx4g0";
  ASSERT_EQ(s.update(change), Code::ok);
  EXPECT_EQ(s.update_tags({"a"}, {}), Code::overloaded);
  wire::Update update;
  const Bytes body = s.take_sent(FrameType::update);
  ASSERT_EQ(wire::decode(body, update), Code::ok);
  EXPECT_EQ(update.alias, std::string_view()) << "there, and empty: removed";
  EXPECT_EQ(update.region, "wx4g0");
  EXPECT_EQ(update.language, std::nullopt);
  s.say(wire::Updated{update.update_id});
  EXPECT_EQ(s.updates, std::vector<UpdateEnd>{UpdateEnd::confirmed});
}

// -- What an app's new release, or a device that has moved, must tell -----------------------------

ClientIdentity identity_of_an_older_app() {
  ClientIdentity identity = ScriptedServer::registered_identity();
  identity.attributes_told = 1;
  return identity;
}

TEST(ClientFsmTest, ChangedAttributesAreToldUntilTheyAreConfirmed) {
  ScriptedServer s(identity_of_an_older_app());
  for (int session = 0; session < 2; ++session) {
    s.go_live();
    wire::Update update;
    const Bytes body = s.take_sent(FrameType::update);
    ASSERT_EQ(wire::decode(body, update), Code::ok);
    EXPECT_EQ(update.update_id, 0u);
    EXPECT_EQ(update.app_version, "1.0");
    EXPECT_EQ(update.alias, "u-1");
    EXPECT_EQ(update.region, std::nullopt) << "nothing to tell is nothing to remove";
    EXPECT_EQ(update.language, "ja");
    EXPECT_EQ(update.time_zone, "Asia/Tokyo");
    EXPECT_EQ(update.sdk_version, "0.1.0");
    if (session == 0) s.lose();
  }
  EXPECT_EQ(s.update_tags({"a"}, {}), Code::ok) << "not in the way of the app's own";
  const int persisted = s.persisted;
  s.say(wire::Updated{0});
  EXPECT_EQ(s.persisted, persisted + 1);
  EXPECT_TRUE(s.updates.empty()) << "not the app's business";
  EXPECT_EQ(s.fsm.identity().attributes_told, fingerprint_of(ScriptedServer::options()));
  s.lose();
  s.go_live();
  EXPECT_TRUE(s.sent.empty());
}

TEST(ClientFsmTest, ARefusedIntroductionIsNotSaidAgain) {
  ScriptedServer s(identity_of_an_older_app());
  s.go_live();
  s.take_sent(FrameType::update);
  s.say(ScriptedServer::error(Reason::bad_argument));
  EXPECT_EQ(s.fsm.state(), ClientState::waiting);
  s.go_live();
  EXPECT_TRUE(s.sent.empty());
}

TEST(ClientFsmTest, ARefusedUpdateOfTheAppDoesNotEndTheIntroduction) {
  ScriptedServer s(identity_of_an_older_app());
  s.go_live();
  s.take_sent(FrameType::update);
  ASSERT_EQ(s.update_tags({"a"}, {}), Code::ok);
  s.say(ScriptedServer::error(Reason::bad_argument));
  s.go_live();
  s.take_sent(FrameType::update);
}

TEST(ClientFsmTest, TheFingerprintSeesEveryAttribute) {
  std::set<uint32_t> seen = {fingerprint_of(ScriptedServer::options())};
  ClientOptions options = ScriptedServer::options();
  options.app_version = "1.1";
  seen.insert(fingerprint_of(options));
  for (size_t i = 0; i < attributes; ++i) {
    options = ScriptedServer::options();
    options.attributes[i] = "else";
    seen.insert(fingerprint_of(options));
  }
  options = ScriptedServer::options();
  std::swap(options.attributes[0], options.attributes[1]);
  seen.insert(fingerprint_of(options));
  EXPECT_EQ(seen.size(), attributes + 3);
}

TEST(ClientFsmTest, TooManyTagsAreRefused) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  EXPECT_EQ(s.update_tags(std::vector<std::string_view>(64, "t"), {"u"}), Code::too_large);
  EXPECT_EQ(s.update_tags(std::vector<std::string_view>(64, "t"), {}), Code::ok);
}

TEST(ClientFsmTest, CloseEndsEverythingUntilStartedAgain) {
  ScriptedServer s(ScriptedServer::registered_identity());
  s.go_live();
  s.close();
  EXPECT_TRUE(s.closed);
  EXPECT_EQ(s.fsm.state(), ClientState::closed);
  EXPECT_EQ(s.fsm.next_tick_ms(), ClientFsm::never_ms);
  s.connect();
  EXPECT_EQ(s.fsm.state(), ClientState::opening);
}

TEST(ClientFsmTest, ARegisterThatDoesNotFitIsReported) {
  std::vector<uint8_t> small(64);
  ClientActions out(small);
  std::vector<MessageId> window(limits::ack_ids_max);
  ClientFsm fsm(ScriptedServer::options(), window, ScriptedServer::new_identity(), 1);
  fsm.start(0);
  fsm.on_tick(0, out);
  fsm.on_connected({}, 0, out);
  EXPECT_EQ(fsm.state(), ClientState::given_up);
  EXPECT_EQ(fsm.trouble(), Trouble::too_large);
  EXPECT_EQ(out.send_bytes, 0u);
}

}  // namespace
}  // namespace tocsin::sdk_client
