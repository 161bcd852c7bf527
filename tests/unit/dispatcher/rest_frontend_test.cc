// REST as the HTTP server's handler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/from_json.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

#include "tests/support/gzip.h"
#include "tests/unit/dispatcher/frontend_bench.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Head = FrontendBench::Head;

class RestFrontend : public ::testing::TestWithParam<Threads> {
 protected:
  static Head send(const std::string& key, FrontendBench::Head head = {}) {
    head.path = "/v1/apps/demo/messages";
    head.key = key;
    return head;
  }
  static Head list(FrontendBench::Head head = {}) {
    head.path = "/v1/apps/demo/messages/list";
    head.key = "key";
    head.fields.emplace_back("content-type", "application/x-ndjson");
    return head;
  }

  static constexpr char message[] = R"({"tag":"a","data":{"k":"v"}})";
  FrontendBench bench_{GetParam()};
};

TEST_P(RestFrontend, ACallIsAnswered) {
  const auto exchange = bench_.begin(send("key"));
  ASSERT_TRUE(bench_.has_sink());
  EXPECT_TRUE(exchange->is_vouched());
  EXPECT_TRUE(bench_.push(R"({"tag":"a",)"));
  EXPECT_TRUE(bench_.push(R"("data":{"k":"v"}})"));
  EXPECT_FALSE(exchange->is_answered());
  bench_.end();
  const auto answer = exchange->answer();
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(field_of(answer.headers, "cache-control"), "no-store");
}

TEST_P(RestFrontend, TheKeyIsLookedAtBeforeTheBody) {
  for (const auto& [key, status] : {std::pair{"", 401}, {"guess", 401}, {"reads", 403}}) {
    const auto exchange = bench_.begin(send(key));
    EXPECT_FALSE(bench_.has_sink());
    EXPECT_EQ(exchange->answer().status, status);
    EXPECT_FALSE(exchange->is_vouched());
  }
  EXPECT_EQ(bench_.call({.method = "GET", .path = "/metrics", .has_body = false}).status, 401);
}

TEST_P(RestFrontend, AKeyThatWasRevokedMeanwhileDoesNothing) {
  const auto exchange = bench_.begin(send("key"));
  bench_.push(message);
  bench_.on_dispatcher([&] { bench_.api().on_apps_changed(FrontendBench::table(false)); });
  bench_.end();
  EXPECT_EQ(exchange->answer().status, 401);
  bench_.on_thread([] {});
  EXPECT_EQ(bench_.begin(send("key"))->answer().status, 401);
  EXPECT_FALSE(bench_.has_sink());
}

TEST_P(RestFrontend, WhatABodyMustBeLikeIsSaidFirst) {
  EXPECT_EQ(bench_.call(send("", {.fields = {{"content-type", "text/xml"}}})).status, 415);
  EXPECT_EQ(bench_.call(send("", {.fields = {{"content-length", "65537"}}})).status, 413);
  EXPECT_EQ(bench_.call({.path = "/v2"}).status, 404);
  const auto wrong = bench_.call({.method = "DELETE", .path = "/v1/status"});
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(field_of(wrong.headers, "allow"), "GET");
}

TEST_P(RestFrontend, BodiesMayBePacked) {
  const Head gzip = send("key", {.fields = {{"content-encoding", "gzip"}}});
  EXPECT_EQ(bench_.call(gzip, test::gzip(message)).status, 202);
  const auto broken = bench_.call(gzip, message);
  EXPECT_EQ(broken.status, 400);
  EXPECT_THAT(broken.body, HasSubstr("the body is not valid gzip"));
  const std::string bomb = test::gzip(std::string(limits::http_body_bytes_max + 1, ' '));
  EXPECT_EQ(bench_.call(gzip, bomb).status, 413);
  const auto unknown = bench_.call(send("key", {.fields = {{"content-encoding", "br"}}}));
  EXPECT_EQ(unknown.status, 415);
  EXPECT_EQ(field_of(unknown.headers, "accept-encoding"), "gzip, identity");
  EXPECT_EQ(
      bench_.call(send("key", {.fields = {{"content-encoding", "Identity"}}}), message).status,
      202);
}

TEST_P(RestFrontend, AListComesInPieces) {
  const auto exchange = bench_.begin(list());
  bench_.push(R"({"message":{"data":{"k":"v"}}})");
  bench_.push("\n\n");
  bench_.push(R"({"deviceIds":["00000000000000000000000000000001")");
  bench_.push("]}");
  bench_.end();
  EXPECT_EQ(exchange->answer().status, 202) << exchange->answer().body;
}

TEST_P(RestFrontend, APackedListIsNoMoreThanItsBatches) {
  std::string lines = R"({"message":{"data":{"k":"v"}}})"
                      "\n";
  for (int i = 0; i < 30'000; ++i) {
    lines += fmt::format("{{\"deviceIds\":[\"{:032x}\"]}}\n", i);
  }
  const std::string packed = test::gzip(lines);
  const auto exchange = bench_.begin(list({.fields = {{"content-encoding", "gzip"}}}));
  int resumed = 0;
  for (size_t at = 0; at < packed.size(); at += limits::http_piece_bytes_max) {
    if (!bench_.push(packed.substr(at, limits::http_piece_bytes_max))) {
      exchange->await_resumed(++resumed);
    }
  }
  bench_.end();
  EXPECT_EQ(exchange->answer().status, 202) << exchange->answer().body;
  const auto bomb = bench_.begin(list({.fields = {{"content-encoding", "gzip"}}}));
  bench_.push(test::gzip("{\"deviceIds\":[\"" + std::string(100'000, 'a')));
  EXPECT_THAT(bomb->answer().body, HasSubstr("line 1 is too long"));
  const auto half = bench_.begin(list({.fields = {{"content-encoding", "gzip"}}}));
  bench_.push(packed.substr(0, 1000));
  bench_.end();
  EXPECT_THAT(half->answer().body, HasSubstr("is not valid gzip"));
}

TEST_P(RestFrontend, AListThatIsLostSendsNothing) {
  const auto before = bench_.at().casts().size();
  bench_.begin(list());
  bench_.push(R"({"message":{"data":{"k":"v"}}})"
              "\n"
              R"({"deviceIds":["00000000000000000000000000000001"]})"
              "\n");
  bench_.drop_sink();
  const auto refused = bench_.begin(list());
  bench_.push("{\n");
  EXPECT_THAT(refused->answer().body, HasSubstr("line 1: "));
  EXPECT_TRUE(bench_.push("anything goes now"));
  EXPECT_EQ(bench_.at().casts().size(), before);
}

TEST_P(RestFrontend, AWatchTellsTheNewestToASlowReader) {
  bench_.at().register_device(1, DeviceId{{1}});
  v1::SendResponse sent;
  const auto answer = bench_.call(send("key"), R"({"everyone":true,"data":{"k":"v"}})");
  ASSERT_TRUE(json::from_json(answer.body, sent).ok()) << answer.body;
  bench_.at().await_applied();
  const auto watch = bench_.begin({.method = "GET",
                                   .path = "/v1/apps/demo/messages/" + sent.message_id() + "/watch",
                                   .key = "reads",
                                   .has_body = false});
  EXPECT_EQ(watch->answer().content_type, "text/event-stream");
  bench_.take(watch);
  EXPECT_THAT(watch->await_piece(0), StartsWith("id: 1\ndata: {"));
  bench_.take(watch);
  bench_.on_dispatcher([&] { bench_.api().end_streams(); });
  EXPECT_THAT(watch->await_piece(1), HasSubstr("the server is shutting down"));
  bench_.take(watch);
  EXPECT_EQ(watch->await_piece(2), "");
  bench_.on_thread([&] { watch->go(); });
}

TEST_P(RestFrontend, PagesNeedNoKeyButMetrics) {
  EXPECT_EQ(bench_.call({.method = "GET", .path = "/healthz", .has_body = false}).body, "ok\n");
  EXPECT_EQ(bench_.call({.path = "/healthz"}).status, 405);
  const auto metrics =
      bench_.call({.method = "GET", .path = "/metrics", .key = test::admin_key, .has_body = false});
  EXPECT_THAT(metrics.body, HasSubstr("tocsin_api_answers_total{call=\"/healthz\""));
}

INSTANTIATE_TEST_SUITE_P(Threads, RestFrontend, ::testing::Values(Threads::one, Threads::two),
                         [](const auto& info) {
                           return info.param == Threads::one ? "OnTheDispatcher" : "OnTheirOwn";
                         });

}  // namespace
}  // namespace tocsin::dispatcher
