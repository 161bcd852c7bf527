#include "runtime/http1/http1_session.h"

#include <fmt/format.h>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime/http1_peer.h"

namespace tocsin::runtime {
namespace {

using test::Http1Peer;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr HttpLimits quick{.request_ms_max = 100, .keep_alive_ms = 3'000, .stalled_ms_max = 500};

std::string get(std::string_view path, std::string_view fields = {}) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n{}\r\n", path, fields);
}
std::string post(std::string_view path, size_t length, std::string_view fields = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n{}\r\n", path, length,
                     fields);
}
std::string chunked(std::string_view path, std::string_view fields = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n{}\r\n", path,
                     fields);
}

void expect_nothing_held(Http1Peer& peer) {
  peer.run([&] {
    EXPECT_EQ(peer.session().unread_bytes(), 0u);
    EXPECT_EQ(peer.session().half_received_bytes(), 0u);
  });
  EXPECT_EQ(peer.host().unread.used_bytes(), 0u);
  EXPECT_EQ(peer.host().half_received.used_bytes(), 0u);
}

// -- Answers and their order ---------------------------------------------------------------------

TEST(Http1Session, AnAnswerIsWrittenByTheBook) {
  Http1Peer peer;
  EXPECT_EQ(peer.send(get("/a?b=c")),
            "HTTP/1.1 200 OK\r\n"
            "Server: tocsin\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: application/json\r\n"
            "Content-Length: 11\r\n"
            "Connection: keep-alive\r\n"
            "Keep-Alive: timeout=90\r\n"
            "\r\n"
            "GET /a?b=c ");
  EXPECT_TRUE(peer.session().is_idle());
  EXPECT_FALSE(peer.is_over());
  expect_nothing_held(peer);
}

TEST(Http1Session, FieldsOfTheAnswerAreCapitalisedAndStayOneLine) {
  Http1Peer peer;
  EXPECT_THAT(peer.send(get("/refuse")), HasSubstr("\r\nWww-Authenticate: Bearer\r\n"));
  peer.send(get("/held"));
  EXPECT_THAT(peer.answer_held({.headers = {{"x-a", "b\r\nX-Injected: 1"}}}),
              HasSubstr("\r\nX-A: b  X-Injected: 1\r\n"));
}

TEST(Http1Session, WhatHasNoBodyHasNoLength) {
  Http1Peer peer;
  const std::string answer = peer.send(get("/empty"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  peer.send(get("/held"));
  const std::string unchanged = peer.answer_held({.status = 304, .body = "left out"});
  EXPECT_THAT(unchanged, Not(HasSubstr("Content-")));
  EXPECT_THAT(unchanged, EndsWith("\r\n\r\n"));
}

TEST(Http1Session, HeadIsGetWithoutTheBody) {
  Http1Peer peer;
  const std::string answer = peer.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n" + get("/y"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nHTTP/1.1 200 OK"));
  EXPECT_THAT(peer.handler.seen, ElementsAre("GET /x", "GET /y"));
}

TEST(Http1Session, PipelinedRequestsAreAnsweredInOrderAndOneAtATime) {
  for (const size_t step : {SIZE_MAX, size_t{1}, size_t{5}}) {
    Http1Peer peer;
    EXPECT_EQ(peer.send(get("/held") + post("/second", 2) + "ab" + get("/third"), step), "");
    EXPECT_THAT(peer.handler.seen, ElementsAre("GET /held"));
    const std::string answers = peer.answer_held({.body = "first"});
    EXPECT_THAT(peer.handler.seen, ElementsAre("GET /held", "POST /second", "GET /third"));
    EXPECT_THAT(answers, HasSubstr("firstHTTP/1.1 200 OK"));
    EXPECT_THAT(answers, HasSubstr("POST /second abHTTP/1.1 200 OK"));
    EXPECT_THAT(answers, EndsWith("GET /third "));
    expect_nothing_held(peer);
  }
}

TEST(Http1Session, WhoPipelinesWithoutReadingIsNotReadFrom) {
  Http1Peer peer;
  peer.send(get("/held"));
  peer.run([&] {
    EXPECT_TRUE(peer.session().wants_input());
    peer.session().receive(std::string(limits::http_head_bytes_max, 'x'));
    EXPECT_FALSE(peer.session().wants_input());
    EXPECT_EQ(peer.session().half_received_bytes(), limits::http_head_bytes_max);
    EXPECT_EQ(peer.host().half_received.used_bytes(), limits::http_head_bytes_max);
  });
  Http1Peer unread;
  unread.run([&] {
    unread.session().receive(get("/one"));
    EXPECT_FALSE(unread.session().wants_input());
    EXPECT_GT(unread.session().unread_bytes(), 0u);
    EXPECT_EQ(unread.session().unread_bytes(), unread.host().unread.used_bytes());
  });
}

TEST(Http1Session, ALargeAnswerIsProducedAsItLeaves) {
  Http1Peer peer;
  peer.send(get("/held"));
  peer.run([&] {
    peer.handler.held({.body = std::string(100'000, 'x')});
    EXPECT_EQ(peer.host().unread.used_bytes(), 100'000u);
    std::string out;
    peer.session().produce(out, 10'000);
    EXPECT_EQ(out.size(), 10'000u);
    EXPECT_GT(peer.session().unread_bytes(), 90'000u);
    EXPECT_EQ(peer.session().unread_bytes(), peer.host().unread.used_bytes());
    EXPECT_FALSE(peer.session().wants_input());
  });
  EXPECT_GT(peer.take(10'000).size(), 90'000u);
  expect_nothing_held(peer);
}

TEST(Http1Session, ConnectionsEndAsAsked) {
  Http1Peer close;
  EXPECT_THAT(close.send(get("/a", "Connection: close\r\n") + get("/b")),
              HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(close.is_over());
  EXPECT_THAT(close.handler.seen, ElementsAre("GET /a"));

  Http1Peer old;
  EXPECT_THAT(old.send("GET /a HTTP/1.0\r\n\r\n"), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(old.is_over());

  Http1Peer old_kept;
  EXPECT_THAT(old_kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(old_kept.is_over());
}

// -- Bodies --------------------------------------------------------------------------------------

TEST(Http1Session, ABodyArrivesInBoundedPieces) {
  Http1Peer peer;
  const std::string body(limits::http_body_bytes_max, 'x');
  EXPECT_THAT(peer.send(post("/b", body.size()) + body), EndsWith(body));
  EXPECT_EQ(peer.handler.largest_piece, limits::http_piece_bytes_max);
  expect_nothing_held(peer);
}

TEST(Http1Session, ALargeBodyIsRefusedBeforeItIsReadOrAsSoonAsItIsSeen) {
  Http1Peer announced;
  EXPECT_THAT(announced.send(post("/b", limits::http_body_bytes_max + 1)),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(announced.is_over());
  EXPECT_EQ(announced.handler.gone, 1);

  Http1Peer found;
  const std::string chunk(limits::http_body_bytes_max + 1, 'x');
  EXPECT_THAT(found.send(chunked("/b") + fmt::format("{:x}\r\n{}", chunk.size(), chunk)),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(found.is_over());
  EXPECT_THAT(found.handler.ended, IsEmpty());
  expect_nothing_held(found);
}

TEST(Http1Session, AnUnwantedShortBodyIsDroppedAndTheConnectionKept) {
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    Http1Peer peer;
    const std::string answer =
        peer.send(post("/refuse", 28) + "GET /smuggled HTTP/1.1\r\n\r\n\r\n" + get("/next"), step);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 "));
    EXPECT_THAT(answer, HasSubstr("keep-alive"));
    EXPECT_THAT(peer.handler.seen, ElementsAre("POST /refuse", "GET /next"));
  }
}

TEST(Http1Session, AnUnwantedLongOrEndlessBodyEndsTheConnection) {
  for (const std::string& head : {post("/refuse", 65'537), chunked("/refuse"),
                                  post("/refuse", 5, "Expect: 100-continue\r\n")}) {
    Http1Peer peer;
    const std::string answer = peer.send(head + get("/smuggled"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 ")) << head;
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << head;
    EXPECT_TRUE(peer.is_over()) << head;
    EXPECT_EQ(peer.handler.seen.size(), 1u) << head;
  }
}

TEST(Http1Session, AnAnswerBeforeTheEndOfTheBodyDropsTheRest) {
  Http1Peer peer;
  const std::string answer = peer.send(post("/early", 10) + "01234");
  EXPECT_THAT(answer, EndsWith("early"));
  EXPECT_THAT(answer, HasSubstr("keep-alive"));
  EXPECT_THAT(peer.send("56789" + get("/next")), EndsWith("GET /next "));
  EXPECT_EQ(peer.handler.pieces, 1);

  Http1Peer endless;
  EXPECT_THAT(endless.send(chunked("/early") + "1\r\nx\r\n0\r\n\r\n" + get("/next")),
              EndsWith("early"));
  EXPECT_TRUE(endless.is_over());
}

TEST(Http1Session, ASinkThatIsFullIsNotHandedMore) {
  Http1Peer peer;
  peer.send(chunked("/slow") + "1\r\na\r\n2\r\nbc\r\n");
  EXPECT_EQ(peer.handler.pieces, 1);
  EXPECT_FALSE(peer.session().wants_input());
  peer.resume();
  EXPECT_EQ(peer.handler.pieces, 2);
  peer.resume();
  EXPECT_TRUE(peer.session().wants_input());
  EXPECT_THAT(peer.send("0\r\n\r\n"), EndsWith("POST /slow abc"));
  expect_nothing_held(peer);
}

TEST(Http1Session, ASinkMayWelcomeTheNextPieceFromWithinTheLast) {
  Http1Peer peer;
  EXPECT_THAT(peer.send(chunked("/resume") + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
              EndsWith("POST /resume abc"));
  EXPECT_EQ(peer.handler.pieces, 2);
}

TEST(Http1Session, TheBodyIsInvitedOnlyWhenItIsWanted) {
  constexpr std::string_view expects = "Expect: 100-Continue\r\n";
  Http1Peer wanted;
  EXPECT_EQ(wanted.send(post("/b", 3, expects)), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(wanted.send("abc" + get("/next")), HasSubstr("POST /b abcHTTP/1.1 200 OK"));

  Http1Peer unwanted;
  EXPECT_THAT(unwanted.send(post("/refuse", 3, expects)), StartsWith("HTTP/1.1 401 "));
  Http1Peer too_large;
  EXPECT_THAT(too_large.send(post("/b", 1'000'000, expects)), StartsWith("HTTP/1.1 413 "));
  Http1Peer no_body;
  EXPECT_THAT(no_body.send(get("/b", expects)), StartsWith("HTTP/1.1 200 "));
  Http1Peer old;
  EXPECT_EQ(old.send("POST /b HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"), "");
  EXPECT_THAT(old.send("abc"), EndsWith("POST /b abc"));
}

TEST(Http1Session, WhatTheSinkKeepsIsCounted) {
  Http1Peer peer;
  peer.send(post("/b", 1000) + std::string(600, 'x'));
  EXPECT_EQ(peer.session().half_received_bytes(), 600u);
  EXPECT_EQ(peer.host().half_received.used_bytes(), 600u);
  peer.disconnect();
  EXPECT_EQ(peer.host().half_received.used_bytes(), 0u);
  EXPECT_EQ(peer.handler.gone, 1);
}

// -- Answers that go on --------------------------------------------------------------------------

TEST(Http1Session, PiecesLeaveAsChunksAndTheConnectionStays) {
  Http1Peer peer;
  const std::string head = peer.send(get("/flow"));
  EXPECT_THAT(head, HasSubstr("Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, HasSubstr("keep-alive"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  EXPECT_EQ(peer.give("twelve bytes"), "c\r\ntwelve bytes\r\n");
  EXPECT_EQ(peer.send(get("/next")), "");
  EXPECT_THAT(peer.end_flow(), StartsWith("0\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(peer.handler.source.expired());
  EXPECT_EQ(peer.handler.gone, 0);
  expect_nothing_held(peer);
}

TEST(Http1Session, APieceIsAskedForWhenTheLastOneHasLeft) {
  Http1Peer peer;
  peer.send(get("/flow"));
  const auto source = peer.handler.source.lock();
  peer.run([&] {
    source->give(std::string(1000, 'x'));
    EXPECT_EQ(peer.session().unread_bytes(), 1000u);
    EXPECT_EQ(peer.host().unread.used_bytes(), 1000u);
    EXPECT_EQ(source->asked, 1);
    std::string out;
    peer.session().produce(out, 10'000);
    EXPECT_EQ(out.size(), 1007u);
    EXPECT_EQ(source->asked, 1);
    out.clear();
    peer.session().produce(out, 10'000);
    EXPECT_EQ(out, "");
    EXPECT_EQ(source->asked, 2);
  });
}

TEST(Http1Session, AnOldReaderGetsTheBytesUpToTheEndOfTheConnection) {
  Http1Peer peer;
  const std::string head = peer.send("GET /flow HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(head, Not(HasSubstr("chunked")));
  EXPECT_THAT(head, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_EQ(peer.give("bytes"), "bytes");
  EXPECT_FALSE(peer.is_over());
  EXPECT_EQ(peer.end_flow(), "");
  EXPECT_TRUE(peer.is_over());
}

TEST(Http1Session, HeadOfAnAnswerThatGoesOnIsTheHeadAlone) {
  Http1Peer peer;
  EXPECT_THAT(peer.send("HEAD /flow HTTP/1.1\r\nHost: h\r\n\r\n" + get("/next")),
              EndsWith("GET /next "));
  EXPECT_TRUE(peer.handler.source.expired());
}

TEST(Http1Session, AReaderWhoTakesLeaveOfAnAnswerThatGoesOnIsGone) {
  Http1Peer peer;
  peer.send(get("/flow"));
  EXPECT_EQ(peer.end_input(), "");
  EXPECT_TRUE(peer.is_over());
  EXPECT_EQ(peer.handler.gone, 1);
  EXPECT_TRUE(peer.handler.source.expired());
  EXPECT_EQ(peer.host().unread.used_bytes(), 0u);
}

TEST(Http1Session, TheHandlerHearsWhenItsReaderGoes) {
  for (const char* path : {"/flow", "/held"}) {
    Http1Peer peer;
    peer.send(get(path));
    peer.disconnect();
    EXPECT_EQ(peer.handler.gone, 1) << path;
    EXPECT_TRUE(peer.handler.source.expired());
    peer.run([&] { peer.handler.held({}); });  // nobody is there
    EXPECT_EQ(peer.host().unread.used_bytes(), 0u);
  }
}

TEST(Http1Session, OnlyTheFirstAnswerCounts) {
  Http1Peer peer;
  peer.send(get("/held"));
  peer.run([&] {
    peer.handler.held({.body = "first"});
    peer.handler.held({.body = "second"});
  });
  EXPECT_THAT(peer.take(), EndsWith("first"));
  EXPECT_EQ(peer.answer_held({.body = "third"}), "");
  EXPECT_EQ(peer.handler.gone, 0);
}

// -- Ends ----------------------------------------------------------------------------------------

TEST(Http1Session, TheEndOfInputEndsWhatIsNotComplete) {
  for (const std::string& bytes : {std::string(), std::string("GET / HT"), get("/x").substr(0, 20),
                                   post("/b", 5) + "abc", chunked("/b") + "5\r\nab"}) {
    Http1Peer peer;
    EXPECT_EQ(peer.send(bytes), "") << bytes;
    EXPECT_EQ(peer.end_input(), "") << bytes;
    EXPECT_TRUE(peer.is_over()) << bytes;
    EXPECT_EQ(peer.handler.gone, static_cast<int>(peer.handler.seen.size())) << bytes;
    expect_nothing_held(peer);
  }
}

TEST(Http1Session, TheEndOfInputLetsWhatIsCompleteBeAnswered) {
  Http1Peer peer;
  peer.send(get("/held") + get("/next"));
  EXPECT_EQ(peer.end_input(), "");
  EXPECT_FALSE(peer.is_over());
  const std::string answers = peer.answer_held({.body = "first"});
  EXPECT_THAT(answers, HasSubstr("firstHTTP/1.1 200 OK"));
  EXPECT_THAT(answers, HasSubstr("Connection: close"));
  EXPECT_THAT(answers, EndsWith("GET /next "));
  EXPECT_TRUE(peer.is_over());
}

TEST(Http1Session, FinishEndsWhatIsIdleAndMakesTheAnswerTheLast) {
  Http1Peer idle;
  EXPECT_EQ(idle.finish(), "");
  EXPECT_TRUE(idle.is_over());

  Http1Peer busy;
  busy.send(get("/held") + get("/next"));
  EXPECT_EQ(busy.finish(), "");
  EXPECT_FALSE(busy.is_over());
  EXPECT_FALSE(busy.session().is_idle());
  EXPECT_THAT(busy.answer_held({.body = "last"}), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(busy.is_over());
  EXPECT_THAT(busy.handler.seen, ElementsAre("GET /held"));

  Http1Peer stopping;
  stopping.host().stopping = true;
  EXPECT_THAT(stopping.send(get("/a")), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(stopping.is_over());

  Http1Peer dropping;
  EXPECT_THAT(dropping.send(post("/refuse", 5)), HasSubstr("keep-alive"));
  EXPECT_EQ(dropping.finish(), "");
  EXPECT_TRUE(dropping.is_over());

  Http1Peer dropped;
  dropped.send(post("/refuse", 5));
  dropped.host().stopping = true;
  EXPECT_EQ(dropped.send("01234" + get("/next")), "");
  EXPECT_TRUE(dropped.is_over());

  Http1Peer flowing;
  flowing.send(get("/flow"));
  flowing.finish();
  EXPECT_EQ(flowing.end_flow(), "0\r\n\r\n");
  EXPECT_TRUE(flowing.is_over());
}

// -- Deadlines -----------------------------------------------------------------------------------

TEST(Http1Session, AnIdleConnectionEndsWithoutAWord) {
  Http1Peer peer(quick);
  peer.send(get("/a") + "\r\n");
  EXPECT_EQ(peer.wait(2'999), "");
  EXPECT_FALSE(peer.is_over());
  EXPECT_EQ(peer.wait(1), "");
  EXPECT_TRUE(peer.is_over());
}

TEST(Http1Session, ASlowRequestIsToldSo) {
  for (const std::string& bytes : {std::string("G"), get("/a").substr(0, 20), post("/b", 5) + "abc",
                                   chunked("/b") + "1\r\na"}) {
    Http1Peer peer(quick);
    peer.wait(1'000);  // idle time does not count
    EXPECT_EQ(peer.send(bytes), "");
    EXPECT_EQ(peer.wait(99), "") << bytes;
    EXPECT_THAT(peer.wait(1), StartsWith("HTTP/1.1 408 ")) << bytes;
    EXPECT_TRUE(peer.is_over()) << bytes;
    EXPECT_EQ(peer.handler.gone, static_cast<int>(peer.handler.seen.size())) << bytes;
  }
}

TEST(Http1Session, ADripDoesNotBuyTime) {
  Http1Peer head(quick);
  Http1Peer body(quick);
  Http1Peer upload(quick);
  body.send(post("/b", 60'000));
  upload.send(chunked("/stream"));
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(head.send("G"), "");
    EXPECT_EQ(body.send(std::string(2'000, 'x')), "");
    EXPECT_EQ(upload.send("1\r\nx\r\n"), "");
    for (Http1Peer* peer : {&head, &body, &upload}) EXPECT_EQ(peer->wait(11), "");
  }
  EXPECT_THAT(head.wait(11), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(body.wait(11), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(upload.wait(11), StartsWith("HTTP/1.1 408 "));
}

TEST(Http1Session, AnUploadThatGoesOnMayTakeLong) {
  Http1Peer peer(quick);
  peer.send(chunked("/stream"));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(peer.send("400\r\n" + std::string(1024, 'x') + "\r\n"), "");
    EXPECT_EQ(peer.wait(99), "");
  }
  EXPECT_THAT(peer.send("0\r\n\r\n"), EndsWith("\r\n\r\n51200"));
}

TEST(Http1Session, TimeThatTheHandlerTakesIsNotTheClients) {
  Http1Peer held(quick);
  held.send(get("/held"));
  EXPECT_EQ(held.wait(1'000'000), "");
  EXPECT_THAT(held.answer_held({}), StartsWith("HTTP/1.1 200 "));

  Http1Peer slow(quick);
  slow.send(post("/slow", 2) + "a");
  EXPECT_EQ(slow.wait(1'000'000), "");
  slow.resume();
  EXPECT_EQ(slow.wait(99), "");
  EXPECT_THAT(slow.wait(1), StartsWith("HTTP/1.1 408 "));

  Http1Peer quiet(quick);
  quiet.send(get("/flow"));
  EXPECT_EQ(quiet.wait(1'000'000), "");
  EXPECT_EQ(quiet.give("a"), "1\r\na\r\n");
}

TEST(Http1Session, ADroppedBodyThatDoesNotComeEndsTheConnection) {
  Http1Peer peer(quick);
  EXPECT_THAT(peer.send(post("/refuse", 100)), HasSubstr("keep-alive"));
  EXPECT_FALSE(peer.is_over());
  EXPECT_EQ(peer.wait(100), "");
  EXPECT_TRUE(peer.is_over());
}

TEST(Http1Session, OutputThatDoesNotMoveEndsTheConnection) {
  Http1Peer whole(quick);
  whole.run([&] {
    whole.session().receive(get("/a"));
    whole.host().now_ms += 499;
    EXPECT_GT(whole.session().deadline_ms(), whole.host().now_ms);
    whole.host().now_ms += 1;
    EXPECT_EQ(whole.session().deadline_ms(), whole.host().now_ms);
    whole.session().on_deadline();
    EXPECT_TRUE(whole.session().is_over());
  });
  EXPECT_EQ(whole.handler.gone, 1);
  expect_nothing_held(whole);

  Http1Peer flowing(quick);
  flowing.send(get("/flow"));
  flowing.run([&] {
    const auto source = flowing.handler.source.lock();
    source->give("a");
    std::string out;
    flowing.session().produce(out, 1000);  // and it never leaves
    flowing.host().now_ms += 500;
    flowing.session().on_deadline();
    EXPECT_TRUE(flowing.session().is_over());
  });
  EXPECT_TRUE(flowing.handler.source.expired());
}

// -- Strangers -----------------------------------------------------------------------------------

TEST(Http1Session, AStrangerWhoAsksTooMuchIsCutOff) {
  Http1Peer peer;
  int answered = 0;
  std::string answer;
  while (answered < 1000 && !peer.is_over()) {
    answer = peer.send(get("/refuse"));
    ++answered;
  }
  EXPECT_EQ(answered, 101);  // http_flood_tokens_max of 40 each, and one more
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 429 "));
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_EQ(peer.vouched, 0);
}

TEST(Http1Session, WhoHasAKeyMayAskOn) {
  Http1Peer peer;
  for (int i = 0; i < 500; ++i) {
    ASSERT_THAT(peer.send(get("/a", "Authorization: Bearer key\r\n")), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_EQ(peer.vouched, 500);
}

}  // namespace
}  // namespace tocsin::runtime
