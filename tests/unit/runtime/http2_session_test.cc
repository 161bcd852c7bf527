// Requests and answers over HTTP/2, with nghttp2's client at the other end.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

#include "tests/unit/runtime/http2_client.h"

namespace tocsin::runtime::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::Pair;
using ::testing::ResultOf;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// All that is counted is given back with the last stream.
void expect_nothing_held(Http2Bench& bench) {
  EXPECT_TRUE(bench.session->is_idle());
  EXPECT_EQ(bench.session->unread_bytes(), 0u);
  EXPECT_EQ(bench.session->half_received_bytes(), 0u);
  EXPECT_EQ(bench.host.unread.used_bytes(), 0u);
  EXPECT_EQ(bench.host.half_received.used_bytes(), 0u);
}

// -- Requests ------------------------------------------------------------------------------------

TEST(Http2Request, ArrivesWithItsFields) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    Fields fields = get_fields("/v1/a%20b?c=d%20e");
    fields.emplace_back("x-key", "secret");
    client.request(fields);
    ASSERT_THAT(bench.handler.calls, SizeIs(1));
    const HttpRequestHead& head = bench.call().head;
    EXPECT_EQ(head.version, HttpVersion::http2);
    EXPECT_EQ(head.method, "GET");
    EXPECT_EQ(head.path, "/v1/a%20b");
    EXPECT_EQ(head.query, "c=d%20e");
    EXPECT_EQ(head.headers.find("x-key"), "secret");
    EXPECT_EQ(head.headers.find("host"), "api");
    EXPECT_FALSE(head.has_body);
    EXPECT_TRUE(bench.call().ended);
    EXPECT_TRUE(bench.call().sink_dropped);
    EXPECT_EQ(bench.vouched, 1);
  });
}

TEST(Http2Request, BeginsBeforeItsBody) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "", false);
    ASSERT_THAT(bench.handler.calls, SizeIs(1));
    EXPECT_TRUE(bench.call().head.has_body);
    EXPECT_FALSE(bench.call().ended);
    client.send(stream, "one");
    client.send(stream, "two");
    EXPECT_THAT(bench.call().pieces, ElementsAre("one", "two"));
    client.send(stream, "", true);
    EXPECT_TRUE(bench.call().ended);
    bench.call().respond({.body = "ok"});
    client.run();
    EXPECT_EQ(client.answer(stream).body, "ok");
    expect_nothing_held(bench);
  });
}

TEST(Http2Request, MayEndWithTrailersThatNobodyReads) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "body", false);
    client.send_trailers(stream, {{"x-sum", "1"}});
    EXPECT_EQ(bench.call().body(), "body");
    EXPECT_TRUE(bench.call().ended);
    EXPECT_EQ(bench.call().head.headers.count("x-sum"), 0u);
  });
}

TEST(Http2Request, ComesInPiecesOfBoundedSize) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const std::string body(3'000'000, 'x');
    client.request(post_fields(), body);
    EXPECT_EQ(bench.call().body(), body);
    EXPECT_THAT(bench.call().pieces, Each(SizeIs(Le(limits::http_piece_bytes_max))));
    EXPECT_TRUE(bench.call().ended);
  });
}

TEST(Http2Request, OfHeadIsAnsweredWithoutBody) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.respond({.body = "12345"}); };
    Http2Client client(bench);
    Fields fields = get_fields();
    fields[0].second = "HEAD";
    const int32_t stream = client.request(fields);
    EXPECT_EQ(bench.call().head.method, "GET");
    EXPECT_EQ(client.answer(stream).fields["content-length"], "5");
    EXPECT_EQ(client.answer(stream).body, "");
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 200", "end"));
  });
}

struct Refused {
  Fields fields;
  std::string status;
};

class Http2RefusedRequest : public ::testing::TestWithParam<Refused> {};

TEST_P(Http2RefusedRequest, DoesNotReachTheHandler) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(GetParam().fields);
    EXPECT_EQ(client.answer(stream).status(), GetParam().status);
    EXPECT_THAT(bench.handler.calls, SizeIs(0));
    expect_nothing_held(bench);
    bench.handler.on_begin = [](Call& call) { call.respond({.body = "ok"}); };
    EXPECT_EQ(client.answer(client.request(get_fields())).body, "ok");
  });
}

Fields large_fields(size_t bytes) {
  Fields fields = get_fields();
  for (; bytes > 1000; bytes -= 1000) fields.emplace_back("x", std::string(1000, 'x'));
  return fields;
}

Fields options_of_all() {
  Fields fields = get_fields("*");
  fields[0].second = "OPTIONS";
  return fields;
}

INSTANTIATE_TEST_SUITE_P(
    All, Http2RefusedRequest,
    ::testing::Values(Refused{{{":method", "CONNECT"}, {":authority", "x:1"}}, "501"},
                      Refused{options_of_all(), "400"}, Refused{get_fields("/%zz"), "400"},
                      Refused{large_fields(limits::http_head_bytes_max + 1000), "431"},
                      Refused{large_fields(60'000), "431"}));

TEST(Http2Request, IsAskedForItsBodyWhenItWaits) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    Fields fields = post_fields();
    fields.emplace_back("expect", "100-continue");
    const int32_t stream = client.request(fields, "", false);
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 100"));
    client.send(stream, "body", true);
    bench.call().respond({.status = 201});
    client.run();
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 100", "head 201", "end"));
  });
}

// -- A sink that pauses --------------------------------------------------------------------------

TEST(Http2Sink, HoldsItsClientUp) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.on_piece = [] { return false; }; };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), std::string(1'000'000, 'x'));
    Call& call = bench.call();
    ASSERT_THAT(call.pieces, SizeIs(1));
    // A window's worth has been sent and no more.
    const size_t sent = 1'000'000 - client.unsent_bytes(stream);
    EXPECT_GE(sent, 65'535u);
    EXPECT_LE(sent, 256u * 1024 + call.pieces[0].size());
    EXPECT_EQ(bench.session->half_received_bytes(), sent - call.pieces[0].size());
    EXPECT_EQ(bench.host.half_received.used_bytes(), bench.session->half_received_bytes());
    for (size_t before = 0; before != call.pieces.size() && !call.ended;) {
      before = call.pieces.size();
      call.respond.resume();
      client.run();
    }
    EXPECT_EQ(call.body().size(), 1'000'000u);
    EXPECT_TRUE(call.ended);
  });
}

TEST(Http2Sink, LearnsOfTheEndAfterThePieces) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.on_piece = [] { return false; }; };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "one", false);
    client.send(stream, "two", true);
    Call& call = bench.call();
    EXPECT_THAT(call.pieces, ElementsAre("one"));
    call.respond.resume();
    EXPECT_THAT(call.pieces, ElementsAre("one", "two"));
    EXPECT_FALSE(call.ended);
    call.respond.resume();
    EXPECT_TRUE(call.ended);
  });
}

TEST(Http2Sink, MayResumeFromWithinACall) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.on_piece = [&call] {
        call.respond.resume();
        return false;
      };
    };
    Http2Client client(bench);
    client.request(post_fields(), std::string(100'000, 'x'));
    EXPECT_EQ(bench.call().body().size(), 100'000u);
    EXPECT_TRUE(bench.call().ended);
  });
}

TEST(Http2Sink, IsDroppedWhenItAnswersFromWithinACall) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.on_piece = [&call] {
        call.respond({.status = 400});
        EXPECT_FALSE(call.sink_dropped);
        return true;
      };
    };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), std::string(100'000, 'x'));
    EXPECT_THAT(bench.call().pieces, SizeIs(1));
    EXPECT_TRUE(bench.call().sink_dropped);
    EXPECT_FALSE(bench.call().ended);
    EXPECT_EQ(client.answer(stream).status(), "400");
    expect_nothing_held(bench);
  });
}

TEST(Http2Sink, CountsWhatItHolds) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.held_bytes = 1234; };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "x", false);
    EXPECT_EQ(bench.session->half_received_bytes(), 1234u);
    client.send(stream, "", true);
    EXPECT_EQ(bench.session->half_received_bytes(), 0u);
  });
}

// All streams together leave no more than the connection's window untaken.
TEST(Http2Sink, OfManyStreamsHoldsNoMoreThanTheConnectionsWindow) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.on_piece = [] { return false; }; };
    Http2Client client(bench);
    for (int i = 0; i < 100; ++i) client.request(post_fields(), std::string(200'000, 'x'));
    EXPECT_GT(bench.session->half_received_bytes(), 500'000u);
    EXPECT_LE(bench.session->half_received_bytes(), 1024u * 1024);
    // One that is reset makes room for the others.
    const size_t before = client.unsent_bytes(199);
    for (int32_t stream = 1; stream < 199; stream += 2) client.reset(stream);
    EXPECT_LT(client.unsent_bytes(199), before);
  });
}

// A client that goes on sending after its answer is told so in the end.
void expect_told_to_stop(Http2Bench& bench, Http2Client& client, int32_t stream) {
  EXPECT_NE(client.answer(stream).events.back(), "reset 0");
  bench.pass(limits::http_linger_ms_max + 1'250);
  client.run();
  EXPECT_EQ(client.answer(stream).events.back(), "reset 0");
}

// -- Early answers -------------------------------------------------------------------------------

TEST(Http2EarlyAnswer, IsWholeLongBeforeTheClientIsToldToStop) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.status = 401, .body = "no", .trailers = {{"grpc-status", "16"}}});
    };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "x", false);
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 401", "data", "trailers", "end"));
    expect_told_to_stop(bench, client, stream);
    EXPECT_TRUE(bench.call().sink_dropped);
    EXPECT_EQ(bench.call().gone, 0);
    expect_nothing_held(bench);
  });
}

// gRPC's clients read the trailers first, and what is between may wait for the stream's end.
TEST(Http2EarlyAnswer, OfGrpcTellsTheClientToStopAtOnce) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.status = 200, .body = "", .headers = {{"grpc-status", "8"}}});
    };
    Http2Client client(bench);
    auto fields = post_fields();
    fields.emplace_back("content-type", "application/grpc");
    const int32_t stream = client.request(fields, std::string(300'000, 'x'), false);
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 200", "end", "reset 0"));
    const int32_t whole = client.request(fields, "x");
    EXPECT_THAT(client.answer(whole).events, ::testing::Contains("end"));
    expect_nothing_held(bench);
  });
}

TEST(Http2EarlyAnswer, OfManyPiecesIsNotOvertaken) {
  on_shard([](Http2Bench& bench) {
    const auto source = std::make_shared<Source>(bench.dropped);
    bench.handler.on_begin = [&](Call& call) { call.respond({.source = source}); };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), std::string(300'000, 'x'), false);
    source->give("one");
    client.run();
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 200", "data"));
    source->give("");
    client.run();
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 200", "data", "end"));
    expect_told_to_stop(bench, client, stream);
  });
}

TEST(Http2EarlyAnswer, LeavesTheConnectionToOthers) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.on_piece = [&call] {
        if (call.head.path == "/no") call.respond({.status = 400});
        return true;
      };
    };
    Http2Client client(bench);
    for (int i = 0; i < 50; ++i) {
      client.request(post_fields("/no"), std::string(200'000, 'x'));
    }
    client.request(post_fields("/yes"), std::string(2'000'000, 'x'));
    EXPECT_EQ(bench.handler.calls.back().body().size(), 2'000'000u);
  });
}

TEST(Http2EarlyAnswer, TellsABodyThatIsTooLarge) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.bytes_max = 100'000; };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), std::string(150'000, 'x'));
    EXPECT_EQ(client.answer(stream).status(), "413");
    EXPECT_LE(bench.call().body().size(), 100'000u);
    EXPECT_FALSE(bench.call().ended);
    EXPECT_TRUE(bench.call().sink_dropped);
    expect_nothing_held(bench);
  });
}

TEST(Http2EarlyAnswer, TellsABodyThatWillBeTooLarge) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.bytes_max = 10; };
    Http2Client client(bench);
    Fields fields = post_fields();
    fields.emplace_back("content-length", "11");
    const int32_t stream = client.request(fields, "", false);
    EXPECT_THAT(client.answer(stream).events, ElementsAre("head 413", "data", "end"));
    expect_told_to_stop(bench, client, stream);
  });
}

TEST(Http2EarlyAnswer, ToABodyThatNobodyWants) {
  on_shard([](Http2Bench& bench) {
    bench.handler.wants_body = false;
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), std::string(1000, 'x'));
    EXPECT_EQ(bench.session->half_received_bytes(), 0u);
    bench.call().respond({.status = 404});
    client.run();
    EXPECT_EQ(client.answer(stream).status(), "404");
    expect_nothing_held(bench);
  });
}

// HttpResponse::reads_on.
TEST(Http2EarlyAnswer, MayReadOn) {
  on_shard([](Http2Bench& bench) {
    const auto source = std::make_shared<Source>(bench.dropped);
    bench.handler.on_begin = [&](Call& call) {
      call.respond({.source = source, .reads_on = true});
    };
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "1?", false);
    source->give("1!");
    client.send(stream, "2?");
    source->give("2!");
    client.send(stream, "3?", true);
    EXPECT_THAT(bench.call().pieces, ElementsAre("1?", "2?", "3?"));
    EXPECT_TRUE(bench.call().ended);
    source->give("3!");
    source->give("");
    client.run();
    EXPECT_EQ(client.answer(stream).body, "1!2!3!");
    EXPECT_TRUE(client.answer(stream).ended);
    expect_nothing_held(bench);
  });
}

TEST(Http2EarlyAnswer, ThatReadsOnEndsTheRequestWithItself) {
  on_shard([](Http2Bench& bench) {
    const auto source = std::make_shared<Source>(bench.dropped);
    bench.handler.on_begin = [&](Call& call) {
      call.bytes_max = 10;
      call.respond({.source = source, .reads_on = true});
    };
    Http2Client client(bench);
    const int32_t first = client.request(post_fields(), "1?", false);
    source->give("");
    client.run();
    EXPECT_THAT(client.answer(first).events, ElementsAre("head 200", "end"));
    expect_told_to_stop(bench, client, first);
    const int32_t second = client.request(post_fields(), std::string(11, 'x'), false);
    EXPECT_THAT(client.answer(second).events, ElementsAre("reset 8"));
    EXPECT_EQ(bench.call(1).gone, 1);
    expect_nothing_held(bench);
  });
}

// -- Answers -------------------------------------------------------------------------------------

TEST(Http2Answer, HasTheStandardFields) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.status = 201, .body = "{}", .headers = {{"x-one", "1"}}});
    };
    Http2Client client(bench);
    Http2Client::Answer& answer = client.answer(client.request(get_fields()));
    EXPECT_THAT(answer.fields,
                UnorderedElementsAre(Pair(":status", "201"), Pair("server", "tocsin"),
                                     Pair("date", bench.host.date),
                                     Pair("content-type", "application/json"),
                                     Pair("content-length", "2"), Pair("x-one", "1")));
    EXPECT_TRUE(answer.closed);
  });
}

TEST(Http2Answer, OfHeadersAloneEndsWithThem) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.content_type = "application/grpc",
                    .headers = {{"grpc-status", "5"}},
                    .says_length = false});
    };
    Http2Client client(bench);
    Http2Client::Answer& answer = client.answer(client.request(post_fields(), "x"));
    EXPECT_THAT(answer.events, ElementsAre("head 200", "end"));
    EXPECT_EQ(answer.fields["grpc-status"], "5");
    EXPECT_EQ(answer.fields.count("content-length"), 0u);
  });
}

TEST(Http2Answer, OfNoContentSaysNoLength) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.respond({.status = 204}); };
    Http2Client client(bench);
    EXPECT_EQ(client.answer(client.request(get_fields())).fields.count("content-length"), 0u);
  });
}

TEST(Http2Answer, MayBeTrailersAlone) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.trailers = {{"grpc-status", "0"}}, .says_length = false});
    };
    Http2Client client(bench);
    Http2Client::Answer& answer = client.answer(client.request(post_fields(), "x"));
    EXPECT_THAT(answer.events, ElementsAre("head 200", "trailers", "end"));
    EXPECT_THAT(answer.trailers, UnorderedElementsAre(Pair("grpc-status", "0")));
  });
}

TEST(Http2Answer, IsAskedForPieceByPiece) {
  on_shard([](Http2Bench& bench) {
    auto source = std::make_shared<Source>(bench.dropped);
    source->fields = {{"grpc-status", "0"}};
    bench.handler.on_begin = [&](Call& call) {
      call.respond({.source = source, .trailers = {{"x-last", "1"}}});
    };
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    EXPECT_EQ(source->asked, 1);
    source->give("one");
    client.run();
    EXPECT_EQ(source->asked, 2);
    EXPECT_EQ(client.answer(stream).body, "one");
    source->give("");
    client.run();
    EXPECT_EQ(source->asked, 2);
    EXPECT_THAT(client.answer(stream).trailers,
                UnorderedElementsAre(Pair("grpc-status", "0"), Pair("x-last", "1")));
    bench.handler.on_begin = nullptr;
    source = nullptr;
    EXPECT_TRUE(bench.dropped);
    expect_nothing_held(bench);
  });
}

TEST(Http2Answer, IsNotAskedForMoreThanItsReaderTakes) {
  on_shard([](Http2Bench& bench) {
    const auto source = std::make_shared<Source>(bench.dropped);
    bench.handler.on_begin = [&](Call& call) { call.respond({.source = source}); };
    Http2Client client(bench, 1000, false);
    const int32_t stream = client.request(get_fields());
    for (int i = 0; i < 10; ++i) source->give(std::string(700, 'x'));
    client.run();
    EXPECT_EQ(client.answer(stream).body.size(), 1000u);
    EXPECT_EQ(source->asked, 2);
    EXPECT_EQ(bench.session->unread_bytes(), 700u);
    EXPECT_EQ(bench.host.unread.used_bytes(), 700u);
    client.consume(stream, 1000);
    EXPECT_EQ(client.answer(stream).body.size(), 2000u);
    EXPECT_EQ(source->asked, 3);
  });
}

TEST(Http2Answer, TakesItsTurnAmongOthers) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.body = std::string(call.head.path == "/large" ? 10'000'000 : 10, 'x')});
    };
    bench.greet({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 20'000'000}});
    bench.frames(window_update(0, 20'000'000));
    bench.session->receive(headers(1, get_fields("/large"), true));
    std::string out;
    bench.session->produce(out, 16'384);
    bench.session->receive(headers(3, get_fields("/small"), true));
    out.clear();
    bench.session->produce(out, 64 * 1024);
    bool is_small_done = false;
    for (const Frame& frame : take_frames(out)) {
      is_small_done = is_small_done || (frame.stream == 3 && frame.ends_stream());
    }
    EXPECT_TRUE(is_small_done);
  });
}

TEST(Http2Answer, IsProducedInPortions) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.respond({.body = std::string(65'000, 'x')}); };
    bench.greet();
    bench.session->receive(get(1));
    std::string out;
    bench.session->produce(out, 1000);
    EXPECT_GE(out.size(), 1000u);
    EXPECT_LE(out.size(), 1000u + 16'384 + 9);
    EXPECT_FALSE(bench.session->wants_input());
    bench.produce();
    EXPECT_TRUE(bench.session->wants_input());
  });
}

TEST(Http2Answer, WithFieldsThatCannotBeSentIsAReset) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) {
      call.respond({.headers = {{"x", std::string(100'000, 'x')}}});
    };
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    EXPECT_THAT(client.answer(stream).events, ElementsAre("reset 2"));
    expect_nothing_held(bench);
  });
}

TEST(Http2Answer, IsGivenOnce) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    bench.call().respond({.body = "one"});
    bench.call().respond({.body = "two"});
    client.run();
    bench.call().respond({.body = "three"});
    client.run();
    EXPECT_EQ(client.answer(stream).body, "one");
  });
}

// -- Clients that go -----------------------------------------------------------------------------

TEST(Http2Gone, IsToldWhenTheClientResets) {
  on_shard([](Http2Bench& bench) {
    Http2Client client(bench);
    const int32_t stream = client.request(post_fields(), "x", false);
    client.reset(stream);
    EXPECT_EQ(bench.call().gone, 1);
    EXPECT_TRUE(bench.call().sink_dropped);
    bench.call().respond({.body = "late"});
    bench.call().respond.resume();
    bench.call().respond.vouch();
    client.run();
    EXPECT_EQ(client.answer(stream).status(), "");
    expect_nothing_held(bench);
  });
}

TEST(Http2Gone, DropsTheSource) {
  on_shard([](Http2Bench& bench) {
    auto source = std::make_shared<Source>(bench.dropped);
    Source& raw = *source;
    bench.handler.on_begin = [&](Call& call) { call.respond({.source = std::move(source)}); };
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    raw.give("one");
    client.run();
    EXPECT_FALSE(bench.dropped);
    client.reset(stream);
    EXPECT_TRUE(bench.dropped);
    EXPECT_EQ(bench.call().gone, 1);
  });
}

TEST(Http2Gone, IsNotToldAfterAWholeAnswer) {
  on_shard([](Http2Bench& bench) {
    bench.handler.on_begin = [](Call& call) { call.respond({.body = "ok"}); };
    Http2Client client(bench);
    client.request(get_fields());
    bench.session.reset();
    EXPECT_EQ(bench.call().gone, 0);
  });
}

TEST(Http2Gone, IsToldWhenTheConnectionEnds) {
  for (const bool by_end_of_input : {true, false}) {
    on_shard([&](Http2Bench& bench) {
      Http2Client client(bench);
      client.request(get_fields());
      client.request(post_fields(), "x", false);
      // One that goes may answer another that is gone as well.
      bench.call(0).respond.when_gone([&bench] {
        ++bench.call(0).gone;
        bench.call(1).respond({.body = "ok"});
      });
      bench.call(1).respond.when_gone([&bench] {
        ++bench.call(1).gone;
        bench.call(0).respond({.body = "ok"});
      });
      if (by_end_of_input) {
        bench.session->on_input_end();
        EXPECT_TRUE(bench.session->is_over());
        expect_nothing_held(bench);
      } else {
        bench.session.reset();
      }
      EXPECT_EQ(bench.call(0).gone, 1);
      EXPECT_EQ(bench.call(1).gone, 1);
      EXPECT_EQ(bench.host.half_received.used_bytes(), 0u);
    });
  }
}

TEST(Http2Gone, LeavesASourceThatAnswersLateAlone) {
  on_shard([](Http2Bench& bench) {
    HttpBodySource::Take late;
    class Slow final : public HttpBodySource {
     public:
      explicit Slow(HttpBodySource::Take& take) : take_(take) {}
      void next(Take take) override { take_ = std::move(take); }

     private:
      Take& take_;
    };
    bench.handler.on_begin = [&](Call& call) {
      call.respond({.source = std::make_shared<Slow>(late)});
    };
    Http2Client client(bench);
    const int32_t stream = client.request(get_fields());
    client.reset(stream);
    late("late");
    client.run();
    EXPECT_EQ(client.answer(stream).body, "");
    expect_nothing_held(bench);
  });
}

}  // namespace
}  // namespace tocsin::runtime::test
