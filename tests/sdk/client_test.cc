// The C interface over lent memory: what a small device would do. Real sockets: posix_port_test.cc.
#include <cstddef>
#include <optional>
#include <string>
#include <tocsin_client.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/hex.h"

#include "tests/sdk/lent_transport.h"

namespace tocsin::sdk {
namespace {

using wire::FrameType;
using Ids = std::vector<uint64_t>;

TEST(ClientTest, RegistersGoesLiveAndReceives) {
  LentClient c;
  ASSERT_EQ(c.init(), TOCSIN_OK);
  EXPECT_EQ(tocsin_client_state(c.client), TOCSIN_STATE_IDLE);
  c.go_live();
  EXPECT_EQ(c.states, (std::vector<tocsin_state>{TOCSIN_STATE_CONNECTING, TOCSIN_STATE_REGISTERING,
                                                 TOCSIN_STATE_OPENING, TOCSIN_STATE_LIVE}));
  uint8_t id[16];
  ASSERT_EQ(tocsin_client_device_id(c.client, id), TOCSIN_OK);
  EXPECT_EQ(Bytes(id, id + 16), Bytes(c.device.bytes.begin(), c.device.bytes.end()));

  std::string seen;
  c.when_pushed = [&](tocsin_client*, const tocsin_push* push) {
    seen =
        std::string(push->title, push->title_size) + "|" + std::string(push->body, push->body_size);
    const char* text = nullptr;
    size_t size = 0;
    ASSERT_EQ(tocsin_push_find(push, "lat", 3, &text, &size), TOCSIN_OK);
    seen += "|" + std::string(text, size);
    ASSERT_EQ(tocsin_push_data(push, 1, &text, &size, nullptr, nullptr), TOCSIN_OK);
    seen += "|" + std::string(text, size);
    EXPECT_EQ(tocsin_push_data(push, 2, &text, &size, nullptr, nullptr), TOCSIN_NOT_FOUND);
    EXPECT_EQ(tocsin_push_find(push, "la", 2, &text, &size), TOCSIN_NOT_FOUND);
    EXPECT_EQ(push->priority, TOCSIN_PRIORITY_ALERT);
    EXPECT_EQ(push->sent_at_ms, 5u);
  };
  wire::Push push = LentClient::push(9);
  push.priority = wire::Priority::alert;
  push.sent_at_ms = 5;
  push.body = "body";
  push.data.push_back({"lat", "31.0"});
  push.data.push_back({"lon", "104.1"});
  c.transport.say(push);
  EXPECT_EQ(c.step(), TOCSIN_OK);
  EXPECT_EQ(seen, "title|body|31.0|lon");
  EXPECT_EQ(c.transport.count_sent(FrameType::ack), 1u);
}

TEST(ClientTest, WorksWhenBytesComeAndGoOneByOne) {
  LentClient c;
  c.transport.receive_piece = 1;
  c.go_live();
  for (uint64_t id = 1; id <= 3; ++id) c.transport.say(LentClient::push(id));
  c.transport.send_room = 1;
  c.step();
  EXPECT_EQ(c.pushes, (Ids{1, 2, 3}));
  for (int i = 0; i < 100; ++i) {
    c.transport.send_room = 1;
    c.step();
  }
  EXPECT_EQ(c.transport.count_sent(FrameType::ack), 1u);
}

TEST(ClientTest, TheStateSurvivesARestartWithoutASecondDelivery) {
  LentClient first;
  first.go_live();
  first.transport.say(LentClient::push(1));
  first.step();
  ASSERT_EQ(first.pushes, Ids{1});

  LentClient second;
  second.store.blob = first.store.blob;
  second.go_live();
  EXPECT_EQ(second.transport.count_sent(FrameType::reg), 0u) << "it knows who it is";
  second.transport.say(LentClient::push(1));
  second.transport.say(LentClient::push(2));
  second.step();
  EXPECT_EQ(second.pushes, Ids{2});
}

TEST(ClientTest, TheStateIsSavedBeforeWhatDependsOnItIsSent) {
  LentClient c;
  std::vector<size_t> sent_when_saved;
  c.store.on_save = [&] { sent_when_saved.push_back(c.transport.sent_types().size()); };
  c.go_live();
  c.transport.say(LentClient::push(1));
  c.step();
  EXPECT_EQ(sent_when_saved, (std::vector<size_t>{0, 1, 2}))
      << "before Register, before Hello, before Ack";
  EXPECT_EQ(c.transport.sent_types(),
            (std::vector<FrameType>{FrameType::reg, FrameType::hello, FrameType::ack}));
}

TEST(ClientTest, ADamagedStateIsToldAndNotUsed) {
  LentClient good;
  good.go_live();
  good.transport.say(LentClient::push(1));
  good.step();
  ASSERT_FALSE(good.store.blob.empty());
  for (size_t i = 0; i < good.store.blob.size(); ++i) {
    LentClient c;
    c.store.blob = good.store.blob;
    c.store.blob[i] ^= 0x10;
    EXPECT_EQ(c.init(), TOCSIN_DAMAGED) << "byte " << i;
  }
  for (size_t bytes = 1; bytes < good.store.blob.size(); ++bytes) {
    LentClient c;
    c.store.blob.assign(good.store.blob.begin(), good.store.blob.begin() + bytes);
    EXPECT_EQ(c.init(), TOCSIN_DAMAGED) << "length " << bytes;
  }
}

TEST(ClientTest, AStoreThatFailsIsToldAndReceivingGoesOn) {
  LentClient c;
  c.go_live();
  c.store.broken = true;
  c.transport.say(LentClient::push(1));
  EXPECT_EQ(c.step(), TOCSIN_FAILED);
  EXPECT_EQ(c.pushes, Ids{1});
  EXPECT_EQ(c.transport.count_sent(FrameType::ack), 1u);
  EXPECT_EQ(c.step(), TOCSIN_OK) << "told once";
}

TEST(ClientTest, CallbacksMayCallBack) {
  LentClient c;
  c.go_live();
  c.when_pushed = [&](tocsin_client* client, const tocsin_push* push) {
    uint32_t wait_ms = 0;
    EXPECT_EQ(tocsin_client_step(client, c.now_ms, &wait_ms), TOCSIN_BUSY);
    EXPECT_EQ(tocsin_client_opened(client, c.now_ms, push->message_id), TOCSIN_OK);
    const tocsin_text tag = {"seen", 4};
    EXPECT_EQ(tocsin_client_add_tags(client, c.now_ms, &tag, 1), TOCSIN_OK);
    tocsin_client_close(client, c.now_ms);
    EXPECT_EQ(tocsin_client_state(client), TOCSIN_STATE_LIVE) << "not under the callback's feet";
  };
  c.transport.say(LentClient::push(1));
  c.step();
  EXPECT_EQ(tocsin_client_state(c.client), TOCSIN_STATE_CLOSED);
  EXPECT_EQ(c.transport.closed, 1);
  EXPECT_EQ(c.transport.count_sent(FrameType::ack), 1u);
  EXPECT_EQ(c.transport.count_sent(FrameType::opened), 1u);
  EXPECT_EQ(c.transport.count_sent(FrameType::update), 1u);
  EXPECT_EQ(c.update_answers, std::vector<int>{0}) << "the change was not confirmed";
}

TEST(ClientTest, CloseSendsTheAcksThatWait) {
  LentClient c;
  c.go_live();
  wire::Push push = LentClient::push(1);
  push.ack_spread_ms = 60'000;
  c.transport.say(push);
  c.step();
  const size_t before = c.transport.count_sent(FrameType::ack);
  tocsin_client_close(c.client, c.now_ms);
  EXPECT_EQ(before + c.transport.count_sent(FrameType::ack), before + 1);
  EXPECT_EQ(tocsin_client_state(c.client), TOCSIN_STATE_CLOSED);
  c.step();
  EXPECT_EQ(c.wait_ms, UINT32_MAX);
  tocsin_client_restart(c.client, c.now_ms);
  c.go_live();
}

TEST(ClientTest, TagsAreCheckedConfirmedAndOneAtATime) {
  LentClient c;
  const tocsin_text good = {"news", 4};
  const tocsin_text bad = {"no spaces", 9};
  const tocsin_text empty = {"", 0};
  ASSERT_EQ(c.init(), TOCSIN_OK);
  EXPECT_EQ(tocsin_client_add_tags(c.client, c.now_ms, &good, 1), TOCSIN_NOT_CONNECTED);
  c.go_live();
  EXPECT_EQ(tocsin_client_add_tags(c.client, c.now_ms, &bad, 1), TOCSIN_INVALID);
  EXPECT_EQ(tocsin_client_add_tags(c.client, c.now_ms, &empty, 1), TOCSIN_INVALID);
  EXPECT_EQ(tocsin_client_add_tags(c.client, c.now_ms, nullptr, 0), TOCSIN_INVALID);
  EXPECT_EQ(tocsin_client_add_tags(c.client, c.now_ms, &good, 1), TOCSIN_OK);
  EXPECT_EQ(tocsin_client_remove_tags(c.client, c.now_ms, &good, 1), TOCSIN_BUSY);
  c.transport.say(wire::Updated{1});
  c.step();
  EXPECT_EQ(c.update_answers, std::vector<int>{1});
  EXPECT_EQ(tocsin_client_remove_tags(c.client, c.now_ms, &good, 1), TOCSIN_OK);
}

wire::Conditions last_conditions(const LentClient& c) {
  wire::Conditions conditions;
  const Bytes body = c.transport.last_sent(FrameType::conditions);
  EXPECT_EQ(wire::decode(body, conditions), wire::Code::ok);
  return conditions;
}

TEST(ClientTest, ConditionsAreToldWithHelloAndWhenTheyChange) {
  LentClient c;
  ASSERT_EQ(c.init(), TOCSIN_OK);
  const auto set = [&](uint32_t conditions) {
    return tocsin_client_set_conditions(c.client, c.now_ms, conditions);
  };
  EXPECT_EQ(set(TOCSIN_CONDITION_CHARGING), TOCSIN_OK) << "kept until Hello";
  EXPECT_EQ(set(4), TOCSIN_INVALID);
  c.go_live();
  wire::Hello hello;
  const Bytes body = c.transport.last_sent(FrameType::hello);
  ASSERT_EQ(wire::decode(body, hello), wire::Code::ok);
  EXPECT_EQ(hello.conditions, static_cast<uint32_t>(TOCSIN_CONDITION_CHARGING));
  EXPECT_EQ(c.transport.count_sent(FrameType::conditions), 0u);
  EXPECT_EQ(set(TOCSIN_CONDITION_CHARGING | TOCSIN_CONDITION_UNMETERED), TOCSIN_OK);
  EXPECT_EQ(last_conditions(c).conditions, 3u);
  EXPECT_EQ(set(3), TOCSIN_OK);
  EXPECT_EQ(c.transport.count_sent(FrameType::conditions), 1u) << "nothing has changed";
  EXPECT_EQ(set(0), TOCSIN_OK);
  EXPECT_EQ(c.transport.count_sent(FrameType::conditions), 2u);
}

wire::Update last_update(const LentClient& c, Bytes& body) {
  wire::Update update;
  body = c.transport.last_sent(FrameType::update);
  EXPECT_EQ(wire::decode(body, update), wire::Code::ok);
  return update;
}

TEST(ClientTest, AttributesAreRegisteredWithTheSdksOwnVersion) {
  LentClient c;
  c.config.alias = "u-1";
  c.config.alias_size = 3;
  c.config.region = "wx4g0";
  c.config.region_size = 5;
  c.config.language = "pt-BR";
  c.config.language_size = 5;
  c.config.time_zone = "America/Sao_Paulo";
  c.config.time_zone_size = 17;
  c.go_live();
  wire::Register reg;
  const Bytes body = c.transport.last_sent(FrameType::reg);
  ASSERT_EQ(wire::decode(body, reg), wire::Code::ok);
  EXPECT_EQ(reg.alias, "u-1");
  EXPECT_EQ(reg.region, "wx4g0");
  EXPECT_EQ(reg.language, "pt-BR");
  EXPECT_EQ(reg.time_zone, "America/Sao_Paulo");
  EXPECT_EQ(reg.sdk_version, TOCSIN_CLIENT_VERSION);
  EXPECT_STREQ(TOCSIN_CLIENT_VERSION, TOCSIN_PROJECT_VERSION);
  EXPECT_EQ(c.transport.count_sent(FrameType::update), 0u);
}

TEST(ClientTest, AnAttributeIsSetAndRemovedAtRunTime) {
  LentClient c;
  const auto set = [&c](tocsin_attribute attribute, const std::string& text) {
    return tocsin_client_set_attribute(c.client, c.now_ms, attribute, text.data(), text.size());
  };
  ASSERT_EQ(c.init(), TOCSIN_OK);
  EXPECT_EQ(set(TOCSIN_ATTRIBUTE_ALIAS, "u-2"), TOCSIN_NOT_CONNECTED);
  c.go_live();
  EXPECT_EQ(set(static_cast<tocsin_attribute>(0), "x"), TOCSIN_INVALID);
  EXPECT_EQ(set(static_cast<tocsin_attribute>(5), "x"), TOCSIN_INVALID) << "the SDK's own";
  EXPECT_EQ(set(TOCSIN_ATTRIBUTE_ALIAS, std::string(65, 'a')), TOCSIN_INVALID);
  EXPECT_EQ(set(TOCSIN_ATTRIBUTE_REGION, std::string(21, 'r')), TOCSIN_INVALID);
  EXPECT_EQ(set(TOCSIN_ATTRIBUTE_LANGUAGE, "\xff"), TOCSIN_INVALID);
  EXPECT_EQ(tocsin_client_set_attribute(c.client, c.now_ms, TOCSIN_ATTRIBUTE_ALIAS, nullptr, 1),
            TOCSIN_INVALID);
  EXPECT_EQ(c.transport.count_sent(FrameType::update), 0u);

  ASSERT_EQ(set(TOCSIN_ATTRIBUTE_ALIAS, "u-2"), TOCSIN_OK);
  EXPECT_EQ(set(TOCSIN_ATTRIBUTE_TIME_ZONE, "UTC"), TOCSIN_BUSY);
  Bytes body;
  wire::Update update = last_update(c, body);
  EXPECT_EQ(update.alias, "u-2");
  EXPECT_EQ(update.region, std::nullopt);
  c.transport.say(wire::Updated{update.update_id});
  c.step();
  EXPECT_EQ(c.update_answers, std::vector<int>{1});

  ASSERT_EQ(tocsin_client_set_attribute(c.client, c.now_ms, TOCSIN_ATTRIBUTE_ALIAS, nullptr, 0),
            TOCSIN_OK);
  update = last_update(c, body);
  EXPECT_EQ(update.alias, std::string_view());
  c.transport.say(wire::Updated{update.update_id});
  c.step();
  const std::vector<std::pair<tocsin_attribute, std::optional<std::string_view> wire::Update::*>>
      others = {{TOCSIN_ATTRIBUTE_REGION, &wire::Update::region},
                {TOCSIN_ATTRIBUTE_LANGUAGE, &wire::Update::language},
                {TOCSIN_ATTRIBUTE_TIME_ZONE, &wire::Update::time_zone}};
  for (const auto& [attribute, field] : others) {
    ASSERT_EQ(set(attribute, "value"), TOCSIN_OK);
    update = last_update(c, body);
    EXPECT_EQ(update.*field, "value");
    c.transport.say(wire::Updated{update.update_id});
    c.step();
  }
}

TEST(ClientTest, ANewAppVersionIsToldAfterARestartUntilItIsConfirmed) {
  LentClient old;
  old.go_live();
  LentClient updated;
  updated.store.blob = old.store.blob;
  updated.config.app_version = "2.0";
  updated.config.app_version_size = 3;
  updated.go_live();
  Bytes body;
  const wire::Update update = last_update(updated, body);
  EXPECT_EQ(update.app_version, "2.0");
  EXPECT_EQ(update.alias, std::nullopt);
  updated.transport.say(wire::Updated{update.update_id});
  updated.step();
  EXPECT_TRUE(updated.update_answers.empty()) << "the app did not ask for it";

  LentClient again;
  again.store.blob = updated.store.blob;
  again.config.app_version = "2.0";
  again.config.app_version_size = 3;
  again.go_live();
  EXPECT_EQ(again.transport.count_sent(FrameType::update), 0u);
}

// Saved by the first release: device 01 02 03 00.., app 7, message 1 seen.
TEST(ClientTest, TheStateOfTheFirstReleaseIsRead) {
  constexpr std::string_view hex =
      "54435301424242424242424242424242424242420000000700000001010203000000000000000000"
      "00000000555555555555555555555555555555555555555555555555555555555555555500010000"
      "000000000001cb801daa";
  LentClient c;
  c.store.blob.resize(hex.size() / 2);
  ASSERT_TRUE(from_hex(hex, c.store.blob));
  c.go_live();
  EXPECT_EQ(c.transport.count_sent(FrameType::reg), 0u);
  uint8_t id[16];
  ASSERT_EQ(tocsin_client_device_id(c.client, id), TOCSIN_OK);
  EXPECT_EQ(Bytes(id, id + 16), Bytes(c.device.bytes.begin(), c.device.bytes.end()));
  EXPECT_EQ(c.transport.count_sent(FrameType::update), 1u) << "it never told its SDK version";
  c.transport.say(LentClient::push(1));
  c.transport.say(LentClient::push(2));
  c.step();
  EXPECT_EQ(c.pushes, Ids{2});
}

// Its structs end where the first header ended; what lies after them is not theirs.
TEST(ClientTest, AnAppBuiltAgainstTheFirstHeaderStillWorks) {
  LentClient c;
  c.config.struct_size = offsetof(tocsin_config, alias);
  c.config.alias = "not to be read";
  c.config.alias_size = SIZE_MAX;
  c.handlers.struct_size = offsetof(tocsin_handlers, on_recall);
  c.go_live();
  wire::Register reg;
  const Bytes body = c.transport.last_sent(FrameType::reg);
  ASSERT_EQ(wire::decode(body, reg), wire::Code::ok);
  EXPECT_EQ(reg.alias, "");
  wire::Push recall;
  recall.message = MessageId{2};
  recall.recalls = MessageId{1};
  c.transport.say(recall);
  c.step();
  EXPECT_TRUE(c.recalls.empty());
  EXPECT_EQ(c.transport.count_sent(FrameType::ack), 1u);
}

TEST(ClientTest, ARecallIsNoPush) {
  for (const bool wants_it : {true, false}) {
    LentClient c;
    if (!wants_it) c.handlers.on_recall = nullptr;
    c.go_live();
    wire::Push recall;
    recall.message = MessageId{2};
    recall.recalls = MessageId{1};
    c.transport.say(recall);
    c.transport.say(LentClient::push(1));
    c.step();
    EXPECT_EQ(c.recalls, wants_it ? Ids{1} : Ids{});
    EXPECT_TRUE(c.pushes.empty()) << "neither as an empty message nor late";
    EXPECT_EQ(c.transport.count_sent(FrameType::ack), 1u);
  }
}

TEST(ClientTest, ACollapseKeyComesWithThePush) {
  LentClient c;
  c.go_live();
  std::vector<std::string> keys;
  c.when_pushed = [&](tocsin_client*, const tocsin_push* push) {
    keys.emplace_back(push->collapse_key, push->collapse_key_size);
  };
  wire::Push push = LentClient::push(1);
  push.collapse_key = "score";
  c.transport.say(push);
  c.transport.say(LentClient::push(2));
  c.step();
  EXPECT_EQ(keys, (std::vector<std::string>{"score", ""}));
}

TEST(ClientTest, AnUpdateThatDoesNotFitTheSendBufferIsRefused) {
  LentClient c;
  c.go_live();
  const std::string long_tag(64, 't');
  const std::vector<tocsin_text> many(64, {long_tag.data(), long_tag.size()});
  EXPECT_EQ(tocsin_client_add_tags(c.client, c.now_ms, many.data(), many.size()), TOCSIN_NO_ROOM);
  EXPECT_EQ(c.transport.count_sent(FrameType::update), 0u);

  LentClient roomy;
  roomy.config.send_bytes = 8192;
  roomy.go_live();
  EXPECT_EQ(tocsin_client_add_tags(roomy.client, roomy.now_ms, many.data(), many.size()),
            TOCSIN_OK);
  EXPECT_EQ(roomy.transport.count_sent(FrameType::update), 1u);
}

TEST(ClientTest, ATransportThatTakesNothingIsGivenUpInTime) {
  LentClient c;
  c.go_live();
  c.transport.send_room = 0;
  // More acknowledgements than the send buffer holds: reading stops, nothing grows.
  for (uint64_t id = 1; id <= 300; ++id) c.transport.say(LentClient::push(id));
  c.step();
  EXPECT_LT(c.pushes.size(), 300u);
  EXPECT_GT(c.wait_ms, 0u) << "no busy loop";
  EXPECT_LE(c.wait_ms, limits::answer_deadline_ms);
  c.sleep_and_step();
  EXPECT_EQ(tocsin_client_state(c.client), TOCSIN_STATE_WAITING);
  EXPECT_EQ(tocsin_client_trouble(c.client), TOCSIN_TROUBLE_LOST);
}

TEST(ClientTest, OneStepReadsABoundedBurst) {
  LentClient c;
  c.go_live();
  const std::string body(4000, 'b');
  for (uint64_t id = 1; id <= 30; ++id) {
    wire::Push push = LentClient::push(id);
    push.body = body;
    c.transport.say(push);
  }
  c.step();
  EXPECT_LT(c.pushes.size(), 30u);
  EXPECT_EQ(c.wait_ms, 0u) << "there is more";
  for (int i = 0; i < 30 && c.pushes.size() < 30; ++i) c.step();
  EXPECT_EQ(c.pushes.size(), 30u);
}

TEST(ClientTest, AnUnreachableGatewayIsTriedAgainAndOthersAreNamed) {
  LentClient c;
  c.go_live();
  wire::GoAway go_away;
  go_away.gateways.push_back("gw2:7443");
  c.transport.say(go_away);
  c.step();
  EXPECT_EQ(c.transport.gateways, std::vector<std::string>{"gw2:7443"});
  c.transport.reachable = false;
  for (uint32_t attempt = 1; attempt <= 5; ++attempt) {
    EXPECT_EQ(tocsin_client_state(c.client), TOCSIN_STATE_WAITING);
    const int before = c.transport.opened;
    while (c.transport.opened == before) c.sleep_and_step();
    EXPECT_EQ(c.transport.attempt, attempt);
    EXPECT_EQ(tocsin_client_trouble(c.client), TOCSIN_TROUBLE_UNREACHABLE);
  }
  c.transport.reachable = true;
  c.go_live();
}

TEST(ClientTest, TheServersWordsAreHandedOn) {
  LentClient c;
  ASSERT_EQ(c.init(), TOCSIN_OK);
  c.step();
  c.step();
  wire::Error error;
  error.reason = wire::Error::Reason::unknown_app;
  error.message = "no app demo here";
  c.transport.say(error);
  c.step();
  EXPECT_EQ(tocsin_client_state(c.client), TOCSIN_STATE_GIVEN_UP);
  EXPECT_EQ(tocsin_client_trouble(c.client), TOCSIN_TROUBLE_UNKNOWN_APP);
  EXPECT_EQ(c.words, "no app demo here");
}

TEST(ClientTest, ConfigsThatAreNotAllowedNeedNoMemory) {
  const auto refused = [](auto spoil) {
    LentClient c;
    spoil(c.config, c);
    EXPECT_EQ(tocsin_client_memory_bytes(&c.config), 0u);
    c.memory.resize(65536);
    EXPECT_EQ(tocsin_client_init(c.memory.data(), c.memory.size(), &c.config, &c.client),
              TOCSIN_INVALID);
  };
  refused([](tocsin_config& config, LentClient&) { config.struct_size = 8; });
  refused([](tocsin_config& config, LentClient&) { config.app_size = 0; });
  refused([](tocsin_config& config, LentClient&) { config.app_size = 64; });
  refused([](tocsin_config& config, LentClient&) { config.registration_key_size = 31; });
  refused([](tocsin_config& config, LentClient&) { config.platform_size = 33; });
  refused([](tocsin_config& config, LentClient&) { config.app_version_size = 1; });
  const auto refused_text = [&](const char* tocsin_config::*text, size_t tocsin_config::*size,
                                size_t bytes_max) {
    static const std::string long_text(65, 'x');
    refused([&](tocsin_config& config, LentClient&) {
      config.*text = long_text.data();
      config.*size = bytes_max + 1;
    });
    refused([&](tocsin_config& config, LentClient&) {
      config.*text = "\xc0\x80";
      config.*size = 2;
    });
  };
  refused_text(&tocsin_config::alias, &tocsin_config::alias_size, 64);
  refused_text(&tocsin_config::region, &tocsin_config::region_size, 20);
  refused_text(&tocsin_config::language, &tocsin_config::language_size, 64);
  refused_text(&tocsin_config::time_zone, &tocsin_config::time_zone_size, 64);
  refused([](tocsin_config& config, LentClient&) { config.tag_count = 65; });
  refused([](tocsin_config& config, LentClient&) { config.duplicate_window = 31; });
  refused([](tocsin_config& config, LentClient&) { config.duplicate_window = 5000; });
  refused([](tocsin_config& config, LentClient&) { config.send_bytes = 100; });
  refused([](tocsin_config& config, LentClient&) { config.transport = nullptr; });
  refused([](tocsin_config&, LentClient& c) { c.transport.table.random = nullptr; });
  refused([](tocsin_config&, LentClient& c) { c.store.table.save = nullptr; });
  refused([](tocsin_config&, LentClient& c) { c.handlers.on_push = nullptr; });
  EXPECT_EQ(tocsin_client_memory_bytes(nullptr), 0u);
}

TEST(ClientTest, TooLittleMemoryIsRefused) {
  LentClient c;
  c.memory.resize(tocsin_client_memory_bytes(&c.config) - 1);
  EXPECT_EQ(tocsin_client_init(c.memory.data(), c.memory.size(), &c.config, &c.client),
            TOCSIN_NO_ROOM);
  EXPECT_EQ(c.client, nullptr);
}

TEST(ClientTest, ASmallerWindowTakesLessMemory) {
  LentClient c;
  const size_t usual = tocsin_client_memory_bytes(&c.config);
  c.config.duplicate_window = 32;
  EXPECT_EQ(usual - tocsin_client_memory_bytes(&c.config), 2 * 8 * (256 - 32u));
  c.go_live();
}

}  // namespace
}  // namespace tocsin::sdk
