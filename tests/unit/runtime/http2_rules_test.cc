// What RFC 9113 says of frames, streams and messages, rule by rule: bytes that break it or make use
// of it, and the answer. Where the standard leaves a choice, the table says which one is made.
#include <algorithm>
#include <fmt/format.h>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

#include "tests/unit/runtime/http2_bench.h"

namespace tocsin::runtime::test {
namespace {

using ::testing::ValuesIn;

constexpr uint8_t end_stream = NGHTTP2_FLAG_END_STREAM;
constexpr uint8_t end_headers = NGHTTP2_FLAG_END_HEADERS;

// In bytes: here the client waits for what the server says.
const std::string pause = "<<pause>>";

struct Rule {
  std::string name;
  std::string section;
  std::string bytes;
  std::string answer;  // "" : none, and the connection goes on
};

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.section << ' ' << rule.name; }

// What was sent, without what is sent in any case: "goaway 1", "rst 1 8", "answer 1", "end 1".
std::string said(const std::vector<Frame>& frames) {
  std::string out;
  const auto add = [&](std::string text) { out += (out.empty() ? "" : ", ") + text; };
  for (const Frame& frame : frames) {
    if (frame.type == NGHTTP2_GOAWAY) add(fmt::format("goaway {}", frame.number(4)));
    if (frame.type == NGHTTP2_RST_STREAM) {
      add(fmt::format("rst {} {}", frame.stream, frame.number(0)));
    }
    if (frame.type == NGHTTP2_HEADERS) add(fmt::format("answer {}", frame.stream));
    if (frame.type == NGHTTP2_PING) add("pong");
    if (frame.ends_stream()) add(fmt::format("end {}", frame.stream));
  }
  return out;
}

Fields with(Fields fields, const std::string& name, const std::string& value) {
  fields.emplace_back(name, value);
  return fields;
}

Fields without(Fields fields, const std::string& name) {
  std::erase_if(fields, [&](const auto& field) { return field.first == name; });
  return fields;
}

std::string get_with(const std::string& name, const std::string& value) {
  return headers(1, with(get_fields(), name, value), true);
}

std::string priority(uint32_t stream, uint32_t on) {
  return frame(NGHTTP2_PRIORITY, 0, stream, be(on, 4) + be(15, 1));
}

std::vector<Rule> head_and_data_rules() {
  const std::string goaway_protocol = "goaway 1";
  const std::string goaway_size = "goaway 6";
  return {
      {"frame larger than we allow", "4.2", post(1) + data(1, std::string(16'385, 'x')),
       goaway_size},
      {"frame as large as we allow", "4.2", post(1) + data(1, std::string(16'384, 'x'), true),
       "answer 1, end 1"},
      {"unknown type", "4.1", frame(0x16, 0xff, 3, "what") + get(1), "answer 1, end 1"},
      {"unknown flags", "4.1", frame(NGHTTP2_PING, 0x16, 0, be(7, 8)), "pong"},
      {"reserved bit of the stream identifier", "4.1",
       frame(NGHTTP2_HEADERS, end_stream | end_headers, 0x80000001, hpack(get_fields())),
       "answer 1, end 1"},
      {"HPACK that is none", "4.3",
       frame(NGHTTP2_HEADERS, end_stream | end_headers, 1, "\xff\xff\xff\xff\xff\xff"), "goaway 9"},
      {"other frame within a head", "4.3",
       frame(NGHTTP2_HEADERS, end_stream, 1, hpack(get_fields())) + ping(), goaway_protocol},
      {"CONTINUATION of another stream", "6.10",
       frame(NGHTTP2_HEADERS, end_stream, 1, hpack(get_fields())) +
           frame(NGHTTP2_CONTINUATION, end_headers, 3, ""),
       goaway_protocol},
      {"CONTINUATION of nothing", "6.10", frame(NGHTTP2_CONTINUATION, end_headers, 1, ""),
       goaway_protocol},
      {"CONTINUATION after END_HEADERS", "6.10",
       post(1) + frame(NGHTTP2_CONTINUATION, end_headers, 1, ""), goaway_protocol},
      {"head in three frames", "6.10",
       frame(NGHTTP2_HEADERS, end_stream, 1, hpack(get_fields()).substr(0, 20)) +
           frame(NGHTTP2_CONTINUATION, 0, 1, hpack(get_fields()).substr(20, 5)) +
           frame(NGHTTP2_CONTINUATION, end_headers, 1, hpack(get_fields()).substr(25)),
       "answer 1, end 1"},
      {"CONTINUATION without end", "10.5",
       [] {
         std::string bytes = frame(NGHTTP2_HEADERS, end_stream, 1, hpack(get_fields()));
         for (int i = 0; i < 9; ++i) bytes += frame(NGHTTP2_CONTINUATION, 0, 1, "");
         return bytes;
       }(),
       "goaway 11"},
      {"DATA on stream 0", "6.1", data(0, "x"), goaway_protocol},
      {"DATA padded beyond its end", "6.1",
       post(1) + frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, be(9, 1) + "12345678"),
       goaway_protocol},
      {"DATA padded up to its end", "6.1",
       post(1) + frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED | end_stream, 1, be(8, 1) + "12345678"),
       "answer 1, end 1"},
      {"HEADERS on stream 0", "6.2", headers(0, get_fields(), true), goaway_protocol},
      {"HEADERS padded beyond its end", "6.2",
       frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_PADDED | end_stream | end_headers, 1,
             be(200, 1) + hpack(get_fields())),
       goaway_protocol},
  };
}

std::vector<Rule> other_frame_rules() {
  const std::string goaway_protocol = "goaway 1";
  const std::string goaway_size = "goaway 6";
  return {
      {"PRIORITY on stream 0", "6.3", priority(0, 1) + get(1), "answer 1, end 1"},
      {"PRIORITY of a wrong size", "6.3", frame(NGHTTP2_PRIORITY, 0, 1, "1234"), goaway_size},
      {"PRIORITY of an idle stream", "6.3", priority(5, 3) + get(7), "answer 7, end 7"},
      {"PRIORITY on itself", "5.3.2", priority(1, 1) + get(1), "answer 1, end 1"},
      {"HEADERS that depend on themselves", "5.3.2",
       frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_PRIORITY | end_stream | end_headers, 1,
             be(1, 4) + be(9, 1) + hpack(get_fields())),
       goaway_protocol},
      {"RST_STREAM on stream 0", "6.4", reset(0), goaway_protocol},
      {"RST_STREAM of an idle stream", "6.4", reset(1), goaway_protocol},
      {"RST_STREAM of a wrong size", "6.4", post(1) + frame(NGHTTP2_RST_STREAM, 0, 1, "123"),
       goaway_size},
      {"RST_STREAM", "6.4", post(1) + reset(1) + get(3), "answer 3, end 3"},
      {"SETTINGS on a stream", "6.5", frame(NGHTTP2_SETTINGS, 0, 1, ""), goaway_protocol},
      {"SETTINGS of a wrong size", "6.5", frame(NGHTTP2_SETTINGS, 0, 0, "12345"), goaway_size},
      {"SETTINGS acknowledgement with content", "6.5",
       frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, be(0, 6)), goaway_size},
      {"SETTINGS acknowledgement that nobody asked for", "6.5.3", settings_ack(), goaway_protocol},
      {"SETTINGS unknown", "6.5.2", settings({{0x4d44, 7}}) + get(1), "answer 1, end 1"},
      {"SETTINGS ENABLE_PUSH 2", "6.5.2", settings({{NGHTTP2_SETTINGS_ENABLE_PUSH, 2}}),
       goaway_protocol},
      {"SETTINGS INITIAL_WINDOW_SIZE too large", "6.5.2",
       settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x80000000}}), "goaway 3"},
      {"SETTINGS MAX_FRAME_SIZE too small", "6.5.2",
       settings({{NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'383}}), goaway_protocol},
      {"SETTINGS MAX_FRAME_SIZE too large", "6.5.2",
       settings({{NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 16'777'216}}), goaway_protocol},
      {"PUSH_PROMISE by a client", "8.4",
       post(1) + frame(NGHTTP2_PUSH_PROMISE, end_headers, 1, be(2, 4)), goaway_protocol},
      {"PING on a stream", "6.7", frame(NGHTTP2_PING, 0, 1, be(0, 8)), goaway_protocol},
      {"PING of a wrong size", "6.7", frame(NGHTTP2_PING, 0, 0, be(0, 7)), goaway_size},
      {"PING", "6.7", ping(), "pong"},
      {"PING acknowledgement that nobody asked for", "6.7", ping(NGHTTP2_FLAG_ACK), ""},
      {"GOAWAY on a stream", "6.8", frame(NGHTTP2_GOAWAY, 0, 1, be(0, 8)), goaway_protocol},
      {"GOAWAY of a wrong size", "6.8", frame(NGHTTP2_GOAWAY, 0, 0, be(0, 7)), goaway_size},
      {"WINDOW_UPDATE of a wrong size", "6.9", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, "123"),
       goaway_size},
      {"WINDOW_UPDATE of 0 for the connection", "6.9", window_update(0, 0), goaway_protocol},
      // Either would do.
      {"WINDOW_UPDATE of 0 for a stream", "6.9", post(1) + window_update(1, 0), goaway_protocol},
      {"WINDOW_UPDATE of an idle stream", "6.9", window_update(1, 1), goaway_protocol},
      {"window of the connection too large", "6.9.1", window_update(0, 0x7fffffff), "goaway 3"},
      {"window of a stream too large", "6.9.1", post(1) + window_update(1, 0x7fffffff), "rst 1 3"},
      {"window of a stream too large by SETTINGS", "6.9.2",
       post(1) + window_update(1, 0x7fff0000) +
           settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7fffffff}}),
       "rst 1 3"},
  };
}

std::vector<Rule> stream_rules() {
  return {
      {"even identifier", "5.1.1", headers(2, get_fields(), true), "goaway 1"},
      // It cannot be told from trailers that were on their way when the stream was reset.
      {"identifier that went by", "5.1.1", get(5) + get(3), "answer 5, end 5"},
      {"DATA on an idle stream", "5.1", data(1, "x"), "goaway 1"},
      {"DATA after END_STREAM", "5.1", headers(1, post_fields("/wait"), true) + data(1, "x"),
       "goaway 5"},
      {"HEADERS after END_STREAM", "5.1",
       headers(1, post_fields("/wait"), true) + headers(1, get_fields(), true), "goaway 5"},
      // It may have been on its way when the stream was closed.
      {"DATA on a closed stream", "5.1", get(1) + pause + data(1, "x") + get(3),
       "answer 1, end 1, answer 3, end 3"},
      {"DATA on a reset stream", "5.1", post(1) + reset(1) + data(1, "x") + get(3),
       "answer 3, end 3"},
      {"HEADERS on a reset stream", "5.1",
       post(1) + reset(1) + headers(1, {{"late", "1"}}, true) + get(3), "answer 3, end 3"},
      {"WINDOW_UPDATE after END_STREAM", "5.1", get(1) + pause + window_update(1, 10) + get(3),
       "answer 1, end 1, answer 3, end 3"},
      {"RST_STREAM of a closed stream", "5.1", get(1) + pause + reset(1) + get(3),
       "answer 1, end 1, answer 3, end 3"},
      {"second HEADERS without END_STREAM", "8.1", post(1) + headers(1, {{"late", "1"}}, false),
       "rst 1 1"},
      {"trailers", "8.1", post(1) + data(1, "x") + headers(1, {{"late", "1"}}, true),
       "answer 1, end 1"},
      {"pseudo-header field in trailers", "8.1", post(1) + headers(1, {{":path", "/"}}, true),
       "rst 1 1"},
  };
}

std::vector<Rule> message_rules() {
  const std::string malformed = "rst 1 1";
  const std::string fine = "answer 1, end 1";
  const auto post_of = [](const std::string& length, std::string_view body) {
    return headers(1, with(post_fields(), "content-length", length), false) + data(1, body, true);
  };
  return {
      {"name with upper case", "8.2.1", get_with("X-Upper", "1"), malformed},
      {"name with a space", "8.2.1", get_with("x y", "1"), malformed},
      {"value with a line feed", "8.2.1", get_with("x", "1\n2"), malformed},
      {"value with NUL", "8.2.1", get_with("x", std::string("1\0", 2)), malformed},
      {"value with spaces around", "8.2.1", get_with("x", " 1 "), malformed},
      {"connection", "8.2.2", get_with("connection", "close"), malformed},
      {"keep-alive", "8.2.2", get_with("keep-alive", "timeout=5"), malformed},
      {"proxy-connection", "8.2.2", get_with("proxy-connection", "close"), malformed},
      {"transfer-encoding", "8.2.2", get_with("transfer-encoding", "chunked"), malformed},
      {"upgrade", "8.2.2", get_with("upgrade", "h2c"), malformed},
      {"te of trailers", "8.2.2", get_with("te", "trailers"), fine},
      {"te of other things", "8.2.2", get_with("te", "trailers, gzip"), malformed},
      {"unknown pseudo-header field", "8.3", headers(1, with(get_fields(), ":what", "1"), true),
       malformed},
      {"pseudo-header field of answers", "8.3",
       headers(1, with(get_fields(), ":status", "200"), true), malformed},
      {"pseudo-header field after others", "8.3",
       headers(1, with(with(without(get_fields(), ":path"), "x", "1"), ":path", "/"), true),
       malformed},
      {"no method", "8.3.1", headers(1, without(get_fields(), ":method"), true), malformed},
      {"no scheme", "8.3.1", headers(1, without(get_fields(), ":scheme"), true), malformed},
      {"no path", "8.3.1", headers(1, without(get_fields(), ":path"), true), malformed},
      {"empty path", "8.3.1", headers(1, get_fields(""), true), malformed},
      {"path of no path", "8.3.1", headers(1, get_fields("x"), true), malformed},
      {"method twice", "8.3.1", headers(1, with(get_fields(), ":method", "GET"), true), malformed},
      {"scheme twice", "8.3.1", headers(1, with(get_fields(), ":scheme", "https"), true),
       malformed},
      {"path twice", "8.3.1", headers(1, with(get_fields(), ":path", "/"), true), malformed},
      {"no authority but host", "8.3.1",
       headers(1, with(without(get_fields(), ":authority"), "host", "api"), true), fine},
      {"neither authority nor host", "8.3.1", headers(1, without(get_fields(), ":authority"), true),
       malformed},
      {"content-length as long as the body", "8.1.1", post_of("2", "ok"), fine},
      {"content-length longer than the body", "8.1.1", post_of("3", "ok"), malformed},
      {"content-length shorter than the body", "8.1.1", post_of("1", "ok"), malformed},
      {"content-length and no body", "8.1.1", get_with("content-length", "1"), malformed},
      {"content-length of no number", "8.1.1", get_with("content-length", "-1"), malformed},
      {"content-length twice", "8.1.1",
       headers(1, with(with(post_fields(), "content-length", "2"), "content-length", "2"), false),
       malformed},
      {"CONNECT", "8.5", headers(1, {{":method", "CONNECT"}, {":authority", "api:1"}}, true), fine},
      {"CONNECT with a path", "8.5",
       headers(1, with({{":method", "CONNECT"}, {":authority", "api:1"}}, ":path", "/"), true),
       malformed},
  };
}

std::vector<std::string> steps_of(std::string bytes) {
  std::vector<std::string> steps;
  for (size_t at; (at = bytes.find(pause)) != std::string::npos;) {
    steps.push_back(bytes.substr(0, at));
    bytes.erase(0, at + pause.size());
  }
  steps.push_back(bytes);
  return steps;
}

class Http2Rules : public ::testing::TestWithParam<Rule> {
 protected:
  static void greet(Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      if (call.head.path == "/wait") return;
      call.on_end = [&call] { call.respond({.body = "ok"}); };
    };
    bench.greet();
  }
};

TEST_P(Http2Rules, GetTheirAnswer) {
  on_shard([](Http2Bench& bench) {
    greet(bench);
    std::string out;
    for (const std::string& step : steps_of(GetParam().bytes)) out += bench.exchange(step);
    EXPECT_EQ(said(take_frames(out)), GetParam().answer);
    // An error of the connection ends it, nothing else does.
    const bool is_ended = GetParam().answer.find("goaway") != std::string::npos;
    EXPECT_EQ(bench.session->is_over(), is_ended);
    EXPECT_EQ(bench.session->wants_input(), !is_ended);
    if (is_ended) {
      EXPECT_TRUE(bench.session->is_idle());
    }
    if (!is_ended) {
      EXPECT_EQ(said(bench.frames(get(99))), "answer 99, end 99");
    }
  });
}

// The same in pieces of five bytes, so that all that can be cut is cut.
TEST_P(Http2Rules, AreTheSameForSlowSenders) {
  on_shard([](Http2Bench& bench) {
    greet(bench);
    std::string out;
    for (const std::string& whole : steps_of(GetParam().bytes)) {
      for (std::string_view step = whole; !step.empty();
           step.remove_prefix(std::min<size_t>(5, step.size()))) {
        out += bench.exchange(step.substr(0, 5));
      }
    }
    EXPECT_EQ(said(take_frames(out)), GetParam().answer);
  });
}

INSTANTIATE_TEST_SUITE_P(OfHeadAndData, Http2Rules, ValuesIn(head_and_data_rules()));
INSTANTIATE_TEST_SUITE_P(OfOtherFrames, Http2Rules, ValuesIn(other_frame_rules()));
INSTANTIATE_TEST_SUITE_P(OfStreams, Http2Rules, ValuesIn(stream_rules()));
INSTANTIATE_TEST_SUITE_P(OfMessages, Http2Rules, ValuesIn(message_rules()));

// RFC 9113 section 3.4.
TEST(Http2Preface, IsExpected) {
  on_shard([](Http2Bench& bench) {
    EXPECT_EQ(said(bench.frames("GET / HTTP/1.1\r\nhost: x\r\n\r\n")), "goaway 1");
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Preface, IsFollowedBySettings) {
  on_shard([](Http2Bench& bench) {
    EXPECT_EQ(said(bench.frames(std::string(preface) + ping())), "goaway 1");
    EXPECT_TRUE(bench.session->is_over());
  });
}

TEST(Http2Preface, IsAnsweredWithOurSettings) {
  on_shard([](Http2Bench& bench) {
    const auto frames = bench.greet();
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames[0].type, NGHTTP2_SETTINGS);
    EXPECT_EQ(frames[0].flags, 0);
    EXPECT_NE(frames[0].payload.find(be(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2) +
                                     be(limits::http_streams_max, 4)),
              std::string::npos);
    EXPECT_NE(frames[0].payload.find(be(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 2) +
                                     be(limits::http_head_bytes_max, 4)),
              std::string::npos);
  });
}

// -- Flow control (RFC 9113 section 5.2, 6.9) ----------------------------------------------------

size_t data_bytes(const std::vector<Frame>& frames, uint32_t stream) {
  size_t bytes = 0;
  for (const Frame& frame : frames) {
    if (frame.type == NGHTTP2_DATA && frame.stream == stream) bytes += frame.payload.size();
  }
  return bytes;
}

void answer_large(Http2Bench& bench, size_t bytes) {
  bench.handler.on_begin = [bytes](Call& call) { call.respond({.body = std::string(bytes, 'x')}); };
}

TEST(Http2Windows, BoundWhatIsSentOnAStream) {
  on_shard([](Http2Bench& bench) {
    answer_large(bench, 1000);
    bench.greet({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 100}});
    EXPECT_EQ(data_bytes(bench.frames(get(1)), 1), 100u);
    EXPECT_EQ(data_bytes(bench.frames(window_update(1, 7)), 1), 7u);
    EXPECT_EQ(data_bytes(bench.frames(window_update(1, 2000)), 1), 893u);
  });
}

TEST(Http2Windows, BoundWhatIsSentOnTheConnection) {
  on_shard([](Http2Bench& bench) {
    answer_large(bench, 50'000);
    bench.greet();
    const auto frames = bench.frames(get(1) + get(3));
    EXPECT_EQ(data_bytes(frames, 1) + data_bytes(frames, 3), 65'535u);
    const auto rest = bench.frames(window_update(0, 100'000));
    EXPECT_EQ(data_bytes(rest, 1) + data_bytes(rest, 3), 100'000u - 65'535u);
  });
}

TEST(Http2Windows, MayBecomeNegativeBySettings) {
  on_shard([](Http2Bench& bench) {
    answer_large(bench, 1000);
    bench.greet({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 100}});
    EXPECT_EQ(data_bytes(bench.frames(get(1)), 1), 100u);
    // Now -70, and +10 after the update.
    EXPECT_EQ(data_bytes(bench.frames(settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 30}})), 1),
              0u);
    EXPECT_EQ(data_bytes(bench.frames(window_update(1, 70)), 1), 0u);
    EXPECT_EQ(data_bytes(bench.frames(window_update(1, 10)), 1), 10u);
    EXPECT_EQ(
        data_bytes(bench.frames(settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65'535}})), 1),
        890u);
  });
}

TEST(Http2Windows, OfZeroStillLetAnEmptyAnswerThrough) {
  on_shard([](Http2Bench& bench) {
    answer_large(bench, 0);
    bench.greet({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0}});
    EXPECT_EQ(said(bench.frames(get(1))), "answer 1, end 1");
  });
}

TEST(Http2Windows, OfOursMustBeKept) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.on_piece = [] { return false; }; };
    bench.greet();
    std::vector<Frame> all = bench.frames(post(1));
    std::string last;
    for (int i = 0; i < 17 && find_frame(all, NGHTTP2_RST_STREAM, 1) == nullptr; ++i) {
      all = bench.frames(data(1, std::string(16'384, 'x')));
    }
    EXPECT_EQ(said(all), "rst 1 3");
    EXPECT_EQ(bench.call().gone, 1);
  });
}

// -- Streams at once (RFC 9113 section 5.1.2) ----------------------------------------------------

std::string requests(uint32_t first, size_t count) {
  std::string bytes;
  for (uint32_t i = 0; i < count; ++i) bytes += get(first + 2 * i);
  return bytes;
}

TEST(Http2StreamsAtOnce, AreRefusedBeyondTheLimit) {
  on_shard([](Http2Bench& bench) {
    // Our limit has not been acknowledged, so it may not be known.
    bench.frames(std::string(preface) + settings());
    EXPECT_EQ(said(bench.frames(requests(1, limits::http_streams_max))), "");
    EXPECT_EQ(said(bench.frames(get(1001))), "rst 1001 7");
    EXPECT_EQ(bench.handler.calls.size(), limits::http_streams_max);
    bench.call(0).respond({.body = "ok"});
    EXPECT_EQ(said(bench.frames("")), "answer 1, end 1");
    bench.handler.on_begin = [](Call& call) { call.respond({.body = "ok"}); };
    EXPECT_EQ(said(bench.frames(get(1003))), "answer 1003, end 1003");
  });
}

// A client that has acknowledged the limit and breaks it is broken.
TEST(Http2StreamsAtOnce, BeyondTheKnownLimitEndTheConnection) {
  on_shard([](Http2Bench& bench) {
    bench.greet();
    EXPECT_EQ(said(bench.frames(requests(1, limits::http_streams_max))), "");
    EXPECT_EQ(said(bench.frames(get(1001))), "goaway 1");
    EXPECT_TRUE(bench.session->is_over());
    EXPECT_EQ(bench.call(0).gone, 1);
  });
}

}  // namespace
}  // namespace tocsin::runtime::test
