// What is a request and what is none, down to the byte: the cases of request smuggling.
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/http1/http1_body.h"
#include "runtime/http1/http1_lines.h"

#include "tests/unit/runtime/http1_peer.h"

namespace tocsin::runtime {
namespace {

using namespace std::string_literals;
using test::Http1Peer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

struct Refused {
  int status;
  std::string bytes;
};

// Each is followed by a request that must not be run.
const std::vector<Refused> refused_heads = {
    // The request line.
    {400, "hello\r\n\r\n"},
    {400, "GET /\r\n\r\n"},
    {400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
    {400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET / http/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET / HTTP/1.1x\r\nHost: h\r\n\r\n"},
    {400, "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s},
    {400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {400, "\x16\x03\x01\x02"},
    {505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
    {505, "GET / HTTP/9.9\r\nHost: h\r\n\r\n"},
    {505, "GET / HTTP/0.9\r\nHost: h\r\n\r\n"},
    {400, "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"},
    // Lines.
    {400, "GET / HTTP/1.1\nHost: h\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\rX: y\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX[]: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s},
    {400, "GET / HTTP/1.1\r\nHost: h\r\nX: a\x7f\r\n\r\n"},
    // Host.
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    // Two announcements of one body.
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\nContent-Length: 3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3,\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n"
     "Transfer-Encoding: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"},
    // A length that is none.
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1.0\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length : 5\r\n\r\n"},
    // An encoding that is not exactly chunked.
    {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \"chunked\"\r\n\r\n"},
    {501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n"},
    {400,
     "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\x0b"
     "chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding\t: chunked\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"},
    // Expectations.
    {417, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\n"},
    {417,
     "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n"
     "Content-Length: 1\r\n\r\n"},
};

void expect_refused(int status, const std::string& bytes, size_t step) {
  Http1Peer peer;
  const std::string answer = peer.send(bytes + std::string(smuggled), step);
  EXPECT_THAT(answer, StartsWith(fmt::format("HTTP/1.1 {} ", status))) << bytes;
  EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n")) << bytes;
  EXPECT_THAT(answer, HasSubstr("{\"error\":")) << bytes;
  EXPECT_EQ(answer.find("\r\nServer: "), answer.rfind("\r\nServer: ")) << bytes;
  EXPECT_TRUE(peer.is_over()) << bytes;
  EXPECT_EQ(peer.handler.refusals, 1) << bytes;
  peer.disconnect();
  EXPECT_EQ(peer.host().unread.used_bytes(), 0u);
  EXPECT_EQ(peer.host().half_received.used_bytes(), 0u);
}

TEST(Http1Framing, WhatIsNotWellFormedIsRefusedAndNothingAfterItIsRun) {
  for (const Refused& one : refused_heads) {
    for (const size_t step : {SIZE_MAX, size_t{1}}) expect_refused(one.status, one.bytes, step);
  }
}

TEST(Http1Framing, RefusedHeadsDoNotReachTheHandler) {
  for (const Refused& one : refused_heads) {
    Http1Peer peer;
    peer.send(one.bytes + std::string(smuggled));
    EXPECT_THAT(peer.handler.seen, IsEmpty()) << one.bytes;
  }
}

TEST(Http1Framing, BadChunksAreRefusedAndNothingAfterThemIsRun) {
  const std::string head = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string chunks : {"x\r\n",
                                   "\r\n",
                                   "-1\r\na\r\n",
                                   "+1\r\na\r\n",
                                   "0x1\r\na\r\n",
                                   " 1\r\na\r\n",
                                   "1\na\r\n",
                                   "1\ra\r\n",
                                   "1 \r\na\r\n",
                                   "1 x\r\na\r\n",
                                   "1\r\nab\r\n0\r\n\r\n",
                                   "1\r\na\n0\r\n\r\n",
                                   "1\r\na0\r\n\r\n",
                                   "1;\x01\r\na\r\n",
                                   "1;a\nb\r\na\r\n",
                                   "1;a\"\r\"\r\na\r\n",
                                   "10000000000000000\r\na\r\n",
                                   "00000000000000001\r\na\r\n",
                                   "0\r\n\n",
                                   "0\r\nX\r\n\r\n",
                                   "0\r\nX : y\r\n\r\n",
                                   "0\r\nX: y\n\r\n",
                                   "0\r\nX: y\r\n folded\r\n\r\n",
                                   "0\r\n X: y\r\n\r\n",
                                   "0\n\n"}) {
    for (const size_t step : {SIZE_MAX, size_t{1}}) expect_refused(400, head + chunks, step);
    Http1Peer peer;
    peer.send(head + chunks + std::string(smuggled));
    EXPECT_THAT(peer.handler.seen, ElementsAre("POST /c")) << chunks;
    EXPECT_THAT(peer.handler.ended, IsEmpty()) << chunks;
    EXPECT_EQ(peer.handler.gone, 1) << chunks;
  }
}

TEST(Http1Framing, ExtensionsAndTrailersAreBoundedTogether) {
  const std::string head = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string half(limits::http_head_bytes_max / 2, 'x');
  Http1Peer peer;
  EXPECT_THAT(peer.send(head + "1;" + half + "\r\na\r\n0\r\nX:y\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
  expect_refused(400, head + "1;" + half + "\r\na\r\n1;" + half + "\r\nb\r\n0\r\n\r\n", SIZE_MAX);
  expect_refused(400, head + "1;" + half + "\r\na\r\n0\r\nX:" + half + "\r\n\r\n", SIZE_MAX);
}

struct Taken {
  std::string bytes;
  std::string line;
};

TEST(Http1Framing, WhatIsWellFormedIsTakenHoweverItIsCut) {
  const std::string post = "POST /c HTTP/1.1\r\nHost: h\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<Taken> taken = {
      {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / "},
      {"GET / HTTP/1.1\r\nhOST:h\r\n\r\n", "GET / "},
      {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / "},
      {"GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", "GET / "},
      {"GET /a%20b?x=%20 HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a%20b?x=%20 "},
      {"GET https://h/abs?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET /abs?q "},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / "},
      {"BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", "BREW /pot "},
      {"\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / "},
      {"GET / HTTP/1.1\r\nHost: h\r\nX: \t a b\t\xc3\xa9 \t\r\nY:\r\n\r\n", "GET / "},
      {post + "Content-Length: 0\r\n\r\n", "POST /c "},
      {post + "Content-Length: 003\r\n\r\nabc", "POST /c abc"},
      {post + "CONTENT-LENGTH:3\r\n\r\nabc", "POST /c abc"},
      {post + "Transfer-Encoding:  CHUNKED \r\n\r\n0\r\n\r\n", "POST /c "},
      {chunked + "0\r\n\r\n", "POST /c "},
      {chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "POST /c abcde"},
      {chunked + "0003\r\nabc\r\n000\r\n\r\n", "POST /c abc"},
      {chunked + "A\r\n0123456789\r\nb\r\nabcdefghijk\r\n0\r\n\r\n",
       "POST /c 0123456789abcdefghijk"},
      {chunked + "1;a=b;c=\"d;\\\"e\"\r\nx\r\n0;end\r\n\r\n", "POST /c x"},
      {chunked + "1 \t;a\r\nx\r\n0\r\n\r\n", "POST /c x"},
      {chunked + "2\r\n\r\n\r\n0\r\n\r\n", "POST /c \r\n"},
      {chunked + "1\r\nx\r\n0\r\nContent-Length: 5\r\nX: y\r\n\r\n", "POST /c x"},
  };
  for (const Taken& one : taken) {
    for (const size_t step : {SIZE_MAX, size_t{1}, size_t{7}}) {
      Http1Peer peer;
      const std::string answer = peer.send(one.bytes + std::string(smuggled), step);
      EXPECT_THAT(answer, HasSubstr("\r\n\r\n" + one.line + "HTTP/1.1 200")) << one.bytes;
      EXPECT_THAT(answer, ::testing::EndsWith("GET /smuggled ")) << one.bytes;
      EXPECT_EQ(peer.handler.refusals, 0) << one.bytes;
    }
  }
}

TEST(Http1Framing, AHeadOfExactlyTheLimitIsTaken) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  const std::string text(limits::http_head_bytes_max - start.size() - 4, 'x');
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    Http1Peer peer;
    EXPECT_THAT(peer.send(start + text + "\r\n\r\n", step), StartsWith("HTTP/1.1 200 "));
    expect_refused(431, start + text + "x\r\n\r\n", step);
  }
  expect_refused(431, "GET /" + std::string(limits::http_head_bytes_max, 'x'), SIZE_MAX);
}

TEST(Http1Body, HandsOnPiecesWithoutKeepingThem) {
  Http1Framing framing;
  framing.on_content_length("40000");
  Http1Body body(framing);
  EXPECT_EQ(body.bytes_left(), 40'000u);
  const std::string input(50'000, 'x');
  std::string_view rest = input;
  std::vector<size_t> pieces;
  for (auto read = body.read(rest); read.outcome == Http1Body::Outcome::piece;
       read = body.read(rest)) {
    EXPECT_EQ(read.piece.data(), rest.data());
    pieces.push_back(read.piece.size());
    rest.remove_prefix(read.used);
  }
  EXPECT_THAT(pieces, ElementsAre(16'384, 16'384, 7'232));
  EXPECT_EQ(rest.size(), 10'000u);
  EXPECT_EQ(body.bytes_left(), 0u);
  EXPECT_EQ(body.read(rest).outcome, Http1Body::Outcome::end);
}

TEST(Http1Lines, SaysWhereTheyEnd) {
  Http1Lines lines(Http1Lines::First::field);
  size_t used = 0;
  EXPECT_EQ(lines.scan("A: b\r\n\r", used), Http1Lines::Verdict::more);
  EXPECT_EQ(used, 7u);
  EXPECT_EQ(lines.scan("\nrest", used), Http1Lines::Verdict::done);
  EXPECT_EQ(used, 1u);
}

}  // namespace
}  // namespace tocsin::runtime
