#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/nchan_peer.h"

#include "tests/unit/compare/garbled.h"
#include "tests/unit/compare/spoken.h"

namespace tocsin::bench::compare {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char created[] = "HTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nbody";

std::unique_ptr<HttpPublisher> asked(int times) {
  auto publisher = std::make_unique<HttpPublisher>("/publish");
  Bytes out;
  for (int i = 0; i < times; ++i) publisher->publish(as_bytes("hi"), out);
  return publisher;
}

TEST(HttpPublisher, is_ready_at_once) {
  HttpPublisher publisher("/publish");
  Bytes out;
  Events events;
  publisher.start(out);
  publisher.feed({}, out, events);
  EXPECT_TRUE(events.ready);
  EXPECT_TRUE(out.empty());
}

TEST(HttpPublisher, posts) {
  HttpPublisher publisher("/publish");
  Bytes out;
  publisher.publish(as_bytes("hi"), out);
  EXPECT_TRUE(as_text(out).starts_with("POST /publish HTTP/1.1\r\n"));
  EXPECT_TRUE(as_text(out).ends_with("Content-Length: 2\r\n\r\nhi"));
}

TEST(HttpPublisher, takes_answers_however_they_are_cut) {
  const std::string said = std::string(created) + created;
  for (size_t piece = 1; piece <= said.size(); ++piece) {
    const Heard heard = hear(*asked(2), said, piece);
    EXPECT_THAT(heard.error, IsEmpty()) << piece;
    EXPECT_EQ(heard.unused_bytes, 0u) << piece;
  }
}

TEST(HttpPublisher, refuses_what_is_no_answer) {
  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "status 403"},
      {"HTTP/1.1 201 Created\r\n\r\n", "Content-Length"},
      {"HTTP/1.1 201 Created\r\ncontent-length: many\r\n\r\n", "Content-Length"},
      {"HTTP/1.1 201 Created\r\ncontent-length: 99999\r\n\r\n", "Content-Length"},
      {std::string(created) + created, "answer to nothing"},
  };
  for (const auto& [said, complaint] : cases) {
    EXPECT_THAT(hear(*asked(1), said, 1000).error, HasSubstr(complaint)) << said;
  }
}

TEST(HttpPublisher, survives_garble) {
  feed_garbled([] { return asked(2); }, std::string(created) + created, 20'000);
}

}  // namespace
}  // namespace tocsin::bench::compare
