// What an HTTP/2 session does against clients that cost more than they ask for, are slow, or are
// not there any more; and how it ends.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

#include "tests/unit/runtime/http2_client.h"

namespace tocsin::runtime::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

void answer_at_once(Http2Bench& bench) {
  bench.handler.on_begin = [](Call& call) { call.respond({.body = "ok"}); };
}

void answer_without_end(Http2Bench& bench) {
  bench.handler.on_begin = [&bench](Call& call) {
    call.respond({.source = std::make_shared<Source>(bench.dropped)});
  };
}

uint32_t go_away_error(const std::vector<Frame>& frames) {
  const Frame* frame = find_frame(frames, NGHTTP2_GOAWAY);
  return frame != nullptr ? frame->number(4) : UINT32_MAX;
}

// -- Floods --------------------------------------------------------------------------------------

struct Flood {
  std::string name;
  // The bytes of the n-th of its kind, and the tokens one takes.
  std::function<std::string(uint32_t n)> bytes;
  uint32_t tokens;
  std::string before = {};
};

void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }

uint32_t stream_of(uint32_t n) { return 2 * n + 3; }

std::vector<Flood> floods() {
  const auto always = [](std::string bytes) { return [bytes](uint32_t) { return bytes; }; };
  return {
      {"ping", always(ping()), 1},
      {"ping answers", always(ping(NGHTTP2_FLAG_ACK)), 1},
      {"settings", always(settings()), 1},
      {"priority", always(frame(NGHTTP2_PRIORITY, 0, 9, be(3, 4) + be(1, 1))), 1},
      {"priority update", always(frame(0x10, 0, 0, be(9, 4) + "u=1")), 1},
      {"unknown", always(frame(0x99, 0, 0, "")), 1},
      {"windows", always(window_update(0, 1)), 1},
      {"windows of streams gone", always(window_update(1, 1)), 1, get(1)},
      {"empty data", always(data(1, "")), 1, post(1)},
      {"empty data padded", always(frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, be(0, 1))), 1,
       post(1)},
      {"resets of streams gone", always(reset(1)), 1, get(1)},
      {"heads of streams gone", always(get(1)), 1, get(1)},
      {"rapid reset", [](uint32_t n) { return post(stream_of(n)) + reset(stream_of(n)); }, 11},
      {"rapid reset without error",
       [](uint32_t n) { return post(stream_of(n)) + reset(stream_of(n), 0); }, 11},
      {"malformed requests", [](uint32_t n) { return headers(stream_of(n), get_fields(""), true); },
       10},
      {"streams broken by the client",
       [](uint32_t n) { return post(stream_of(n)) + window_update(stream_of(n), 0x7fffffff); }, 10},
  };
}

class Http2Flood : public ::testing::TestWithParam<Flood> {};

TEST_P(Http2Flood, EndsTheConnectionWhenTheTokensAreSpent) {
  on_shard([](Http2Bench& bench) {
    const Flood& flood = GetParam();
    if (flood.before == get(1)) answer_at_once(bench);
    bench.greet();
    bench.frames(flood.before);
    bench.handler.on_begin = [](Call&) {};
    uint32_t sent = 0;
    std::vector<Frame> last;
    size_t most_bytes = 0;
    while (!bench.session->is_over() && sent < 10'000) {
      const std::string out = bench.exchange(flood.bytes(sent++));
      most_bytes = std::max(most_bytes, out.size());
      std::string rest = out;
      last = take_frames(rest);
    }
    EXPECT_EQ(go_away_error(last), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    const uint32_t expected = limits::http_flood_tokens_max / flood.tokens;
    EXPECT_GE(sent, expected - 10);
    EXPECT_LE(sent, expected + 10);
    EXPECT_LE(most_bytes, 200u);
    EXPECT_TRUE(bench.session->is_idle());
  });
}

TEST_P(Http2Flood, IsNoneAtTheRateOfHonestClients) {
  on_shard([](Http2Bench& bench) {
    const Flood& flood = GetParam();
    if (flood.before == get(1)) answer_at_once(bench);
    bench.greet();
    bench.frames(flood.before);
    bench.handler.on_begin = [](Call&) {};
    // In ten seconds, spread out.
    const uint32_t count = 9 * limits::http_flood_tokens_per_s / flood.tokens;
    for (uint32_t i = 0; i < count; ++i) {
      bench.host.now_ms = 1'000'000 + uint64_t{i} * 10'000 / count;
      bench.exchange(flood.bytes(i));
    }
    EXPECT_FALSE(bench.session->is_over());
  });
}

INSTANTIATE_TEST_SUITE_P(All, Http2Flood, ::testing::ValuesIn(floods()));

TEST(Http2Flood, InOnePieceIsNotEvenRead) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    std::string bytes;
    for (int i = 0; i < 5000; ++i) bytes += ping();
    EXPECT_LE(bench.exchange(bytes).size(), 100u);
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Flood, StopsInputWhileOutputWaits) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    EXPECT_TRUE(bench.session->wants_input());
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += ping();
    bench.session->receive(bytes);
    EXPECT_FALSE(bench.session->wants_input());
    EXPECT_GT(bench.progress, 0);
    EXPECT_EQ(bench.produce().size(), bytes.size());
    EXPECT_TRUE(bench.session->wants_input());
  });
}

TEST(Http2Flood, OfStrangersIsCutOffSoonerThanThatOfCallersWithAKey) {
  for (const bool has_key : {false, true}) {
    on_shard([has_key](Http2Bench& bench) {
      bench.handler.vouches = has_key;
      answer_at_once(bench);
      bench.greet();
      uint32_t answered = 0;
      for (; answered < 1000 && !bench.session->is_over(); ++answered) {
        bench.exchange(get(2 * answered + 1));
      }
      EXPECT_EQ(answered, has_key ? 1000u : limits::http_flood_tokens_max / 40);
      EXPECT_EQ(bench.vouched, has_key ? 1000 : 0);
    });
  }
}

TEST(Http2Flood, SmallDataIsOneAmongStrangersOnly) {
  for (const bool has_key : {false, true}) {
    on_shard([has_key](Http2Bench& bench) {
      bench.handler.vouches = has_key;
      bench.greet();
      bench.frames(post(1));
      uint32_t sent = 0;
      while (!bench.session->is_over() && sent < 2 * limits::http_flood_tokens_max) {
        bench.exchange(data(1, "x"));
        ++sent;
      }
      EXPECT_EQ(bench.session->is_over(), !has_key);
      EXPECT_LE(sent, limits::http_flood_tokens_max * (has_key ? 2 : 1) + 10);
    });
  }
}

TEST(Http2Flood, OfWindowUpdatesThatAnswersCallForIsNone) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.body = std::string(200'000'000, 'x')});
    };
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    EXPECT_EQ(client.answer(stream).body.size(), 200'000'000u);
    EXPECT_FALSE(bench.session->is_over());
  });
}

TEST(Http2Flood, EndsAnswersUnderWay) {
  on_shard([](Http2Bench& bench) {
    answer_without_end(bench);
    bench.greet();
    bench.frames(get(1));
    for (int i = 0; i < 50; ++i) {
      std::string bytes;
      for (int n = 0; n < 100; ++n) bytes += settings();
      bench.exchange(bytes);
    }
    EXPECT_TRUE(bench.dropped);
    EXPECT_EQ(bench.call().gone, 1);
    EXPECT_EQ(bench.host.unread.used_bytes(), 0u);
  });
}

// -- Slow clients --------------------------------------------------------------------------------

TEST(Http2Slow, PrefaceEndsTheConnection) {
  on_shard([](Http2Bench& bench) {
    bench.session->receive(preface.substr(0, 10));
    EXPECT_EQ(bench.session->deadline_ms(), bench.host.now_ms + bench.host.limits.request_ms_max);
    bench.pass(bench.host.limits.request_ms_max);
    bench.produce();
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Slow, ConnectionWithoutRequestsIsClosed) {
  on_shard([](Http2Bench& bench) {
    answer_at_once(bench);
    bench.greet();
    bench.pass(60'000);
    bench.frames(get(1));
    EXPECT_EQ(go_away_error(bench.frames_after(89'000)), UINT32_MAX);
    EXPECT_FALSE(bench.session->is_over());
    EXPECT_EQ(go_away_error(bench.frames_after(1'000)), uint32_t{NGHTTP2_NO_ERROR});
    EXPECT_FALSE(bench.session->is_over());
    // It was on its way when the client was told.
    EXPECT_NE(find_frame(bench.frames(get(3)), NGHTTP2_HEADERS, 3), nullptr);
    bench.frames(ping(NGHTTP2_FLAG_ACK));
    EXPECT_TRUE(bench.session->is_over());
    EXPECT_EQ(bench.session->deadline_ms(), HttpSession::no_deadline);
  });
}

TEST(Http2Slow, ConnectionWhoseClientDoesNotHearOfItsEndIsClosed) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    bench.pass(bench.host.limits.keep_alive_ms);
    bench.frames("");
    EXPECT_FALSE(bench.session->is_over());
    bench.pass(bench.host.limits.stalled_ms_max);
    bench.frames("");
    EXPECT_TRUE(bench.session->is_over());
  });
}

// One field of 3 KB in the table of HPACK, then a byte for each time it is asked for again.
std::string hpack_bomb(size_t times) {
  std::string fields = "\x82\x87\x84\x41\x01h";  // :method, :scheme, :path, :authority
  fields += "\x40\x01x\x7f\xb9\x16" + std::string(3000, 'v');  // x: v..., kept; 127 + 2873
  return fields + std::string(times, '\xbe');
}

TEST(Http2HpackBomb, AHeadThatUnpacksToMuchEndsTheConnectionBeforeItIsAllUnpacked) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    const auto answer =
        bench.frames(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
                           hpack_bomb(limits::http_flood_tokens_max)));
    EXPECT_EQ(go_away_error(answer), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_TRUE(bench.session->is_over());
    EXPECT_THAT(bench.handler.calls, SizeIs(0));
  });
}

TEST(Http2HpackBomb, TrailersThatUnpackToMuchDoAsWell) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    bench.frames(post(1));
    const auto answer =
        bench.frames(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
                           hpack_bomb(limits::http_flood_tokens_max).substr(6)));
    EXPECT_EQ(go_away_error(answer), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Slow, RequestIsToldSo) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "x", false);
    // A drip does not help.
    for (int i = 0; i < 90; ++i) {
      bench.pass(100);
      client.send(stream, "x");
    }
    EXPECT_EQ(client.answer(stream).status(), "");
    bench.pass(2'000);
    client.run();
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 408", "data", "end"));
    EXPECT_TRUE(bench.call().sink_dropped);
    bench.pass(limits::http_linger_ms_max + 1'250);
    client.run();
    EXPECT_EQ(client.answer(stream).events.back(), "reset 0");
    EXPECT_TRUE(bench.session->is_idle());
    EXPECT_FALSE(bench.session->is_over());
  });
}

TEST(Http2Slow, HeadEndsTheConnection) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    bench.frames(frame(NGHTTP2_HEADERS, 0, 1, ""));
    EXPECT_EQ(go_away_error(bench.frames_after(12'000)), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Slow, UploadMayTakeLongerThanARequest) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "", false);
    for (int second = 0; second < 60; ++second) {
      client.send(stream, std::string(10'000, 'x'));
      bench.pass(1'000);
    }
    client.send(stream, "", true);
    EXPECT_EQ(bench.call().body().size(), 600'000u);
    EXPECT_TRUE(bench.call().ended);
  });
}

TEST(Http2Slow, SinkIsNotTheClientsFault) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.on_piece = [] { return false; }; };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "x", false);
    bench.pass(25'000);
    client.run();
    EXPECT_EQ(client.answer(stream).status(), "");
    bench.call().respond.resume();
    bench.pass(12'000);
    client.run();
    EXPECT_EQ(client.answer(stream).status(), "408");
  });
}

TEST(Http2Slow, ClientThatMayPauseIsOnlyAskedWhetherItIsThere) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.may_pause = true; };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "x", false);
    for (int turns = 0; turns < 60; ++turns) {
      bench.pass(10'000);
      client.run();  // answers pings
    }
    EXPECT_FALSE(bench.session->is_over());
    client.send(stream, "y", true);
    EXPECT_EQ(bench.call().body(), "xy");
  });
}

TEST(Http2Slow, ClientThatMayPauseAndIsNotThereIsGivenUp) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.may_pause = true; };
    bench.greet();
    bench.frames(post(1));
    EXPECT_EQ(find_frame(bench.frames_after(29'000), NGHTTP2_PING), nullptr);
    EXPECT_NE(find_frame(bench.frames_after(2'000), NGHTTP2_PING), nullptr);
    EXPECT_EQ(find_frame(bench.frames_after(28'000), NGHTTP2_GOAWAY), nullptr);
    EXPECT_NE(find_frame(bench.frames_after(3'000), NGHTTP2_GOAWAY), nullptr);
    EXPECT_TRUE(bench.session->is_over());
    EXPECT_EQ(bench.call().gone, 1);
  });
}

TEST(Http2Slow, SettingsThatAreNotAcknowledgedEndTheConnection) {
  on_shard([](Http2Bench& bench) {
    answer_without_end(bench);
    bench.frames(std::string(preface) + settings() + get(1));
    EXPECT_EQ(go_away_error(bench.frames_after(31'000)), uint32_t{NGHTTP2_SETTINGS_TIMEOUT});
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Slow, ReaderLosesItsStream) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.respond({.body = std::string(5000, 'x')}); };
    Http2Client client(bench, 1000, false);
    const int32_t stalled = client.request(get_fields());
    const int32_t moving = client.request(get_fields());
    for (int second = 0; second < 33; ++second) {
      bench.pass(1'000);
      client.consume(moving, 100);
    }
    EXPECT_THAT(client.answer(stalled).events, ElementsAre("head 200", "data", "reset 8"));
    EXPECT_FALSE(client.answer(moving).closed);
    EXPECT_EQ(bench.call(0).gone, 1);
    EXPECT_EQ(bench.call(1).gone, 0);
  });
}

TEST(Http2Slow, ReaderOfAllLosesAllStreams) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.respond({.body = std::string(50'000, 'x')}); };
    Http2Client client(bench, 1'000'000, false);
    for (int i = 0; i < 3; ++i) client.request(get_fields());
    EXPECT_GT(bench.session->unread_bytes(), 0u);
    bench.pass(32'000);
    client.run();
    EXPECT_TRUE(bench.session->is_idle());
    EXPECT_EQ(bench.session->unread_bytes(), 0u);
  });
}

TEST(Http2Slow, SourceIsNotTheReadersFault) {
  on_shard([](Http2Bench& bench) {
    answer_without_end(bench);
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    for (int turns = 0; turns < 60; ++turns) {
      bench.pass(10'000);
      client.run();
    }
    EXPECT_FALSE(bench.dropped);
    EXPECT_FALSE(client.answer(stream).closed);
  });
}

// -- The end -------------------------------------------------------------------------------------

TEST(Http2End, IsToldAtOnceWithoutRequests) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    bench.session->finish();
    client.run();
    EXPECT_THAT(client.go_aways, ElementsAre(0));
    EXPECT_EQ(client.go_away_error, uint32_t{NGHTTP2_NO_ERROR});
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2End, WaitsForRequestsUnderWay) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t first = client.request(get_fields());
    const int32_t second = client.request(post_fields(), "x", false);
    bench.session->finish();
    client.run();
    EXPECT_THAT(client.go_aways, ElementsAre(INT32_MAX, second));
    EXPECT_FALSE(bench.session->is_over());
    bench.call(0).respond({.body = "one"});
    client.run();
    EXPECT_EQ(client.answer(first).body, "one");
    EXPECT_FALSE(bench.session->is_over());
    client.send(second, "y", true);
    EXPECT_EQ(bench.call(1).body(), "xy");
    bench.call(1).respond({.body = "two"});
    client.run();
    EXPECT_EQ(client.answer(second).body, "two");
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2End, ServesRequestsThatWereOnTheirWay) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    bench.frames(get(1));
    bench.session->finish();
    const auto first = bench.frames("");
    ASSERT_NE(find_frame(first, NGHTTP2_GOAWAY), nullptr);
    EXPECT_EQ(find_frame(first, NGHTTP2_GOAWAY)->number(0), uint32_t{INT32_MAX});
    const Frame* asked = find_frame(first, NGHTTP2_PING);
    ASSERT_NE(asked, nullptr);
    bench.frames(get(3));
    EXPECT_THAT(bench.handler.calls, SizeIs(2));
    const auto second = bench.frames(frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, asked->payload));
    ASSERT_NE(find_frame(second, NGHTTP2_GOAWAY), nullptr);
    EXPECT_EQ(find_frame(second, NGHTTP2_GOAWAY)->number(0), 3u);
    bench.frames(get(5));
    EXPECT_THAT(bench.handler.calls, SizeIs(2));
    bench.call(0).respond({.body = "ok"});
    bench.call(1).respond({.body = "ok"});
    bench.produce();
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2End, ComesWhenTheServerStops) {
  on_shard([](Http2Bench& bench) {
    answer_at_once(bench);
    bench.greet();
    bench.host.stopping = true;
    const auto frames = bench.frames(get(1));
    EXPECT_NE(find_frame(frames, NGHTTP2_HEADERS, 1), nullptr);
    EXPECT_EQ(go_away_error(frames), uint32_t{NGHTTP2_NO_ERROR});
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2End, ComesAfterTheClientsGoodbye) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    bench.frames(get(1));
    bench.frames(frame(NGHTTP2_GOAWAY, 0, 0, be(0, 8)));
    EXPECT_FALSE(bench.session->is_over());
    bench.call().respond({.body = "ok"});
    EXPECT_NE(find_frame(bench.frames(""), NGHTTP2_DATA, 1), nullptr);
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2End, IgnoresWhatComesAfter) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    bench.session->finish();
    bench.produce();
    EXPECT_FALSE(bench.session->wants_input());
    EXPECT_EQ(bench.exchange(get(1)), "");
    EXPECT_THAT(bench.handler.calls, SizeIs(0));
    bench.session->on_input_end();
    EXPECT_TRUE(bench.session->is_over());
  });
}

}  // namespace
}  // namespace tocsin::runtime::test
