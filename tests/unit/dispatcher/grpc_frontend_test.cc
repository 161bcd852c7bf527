// gRPC as the HTTP server's handler.
#include <grpc/health/v1/health.pb.h>
#include <grpc/reflection/v1/reflection.pb.h>

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatcher/transport/grpc/grpc_frames.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

#include "tests/support/gzip.h"
#include "tests/unit/dispatcher/frontend_bench.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;
using Head = FrontendBench::Head;
using Health = grpc::health::v1::HealthCheckResponse;

constexpr char send_path[] = "/tocsin.v1.Send/Send";
constexpr char list_path[] = "/tocsin.v1.Send/SendToList";
constexpr char watch_path[] = "/tocsin.v1.Send/WatchMessage";
constexpr char health_path[] = "/grpc.health.v1.Health/Check";
constexpr char health_watch_path[] = "/grpc.health.v1.Health/Watch";
constexpr char reflection_path[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

Head head_of(const std::string& path, const std::string& key = "key", Head head = {}) {
  head.path = path;
  head.key = key;
  head.fields.emplace_back("content-type", "application/grpc");
  head.fields.emplace_back("te", "trailers");
  return head;
}

std::string framed(const google::protobuf::Message& message) {
  return grpc_frame(false, message.SerializeAsString());
}

v1::SendRequest message() {
  v1::SendRequest request;
  request.set_app("demo");
  request.set_tag("a");
  (*request.mutable_data())["k"] = "v";
  return request;
}

// Wherever it is: Trailers-Only has it in the head.
std::string trailer(const runtime::HttpResponse& response, const std::string& name) {
  const std::string& in_head = field_of(response.headers, name);
  return in_head != "none" ? in_head : field_of(response.trailers, name);
}
std::string status_of(const runtime::HttpResponse& response) {
  return trailer(response, "grpc-status");
}
bool is_trailers_only(const runtime::HttpResponse& response) {
  return response.status == 200 && response.body.empty() && response.source == nullptr &&
         response.trailers.empty() && !response.says_length &&
         field_of(response.headers, "grpc-status") != "none";
}

template <typename Message>
Message read(const std::string& frame) {
  Message message;
  EXPECT_GE(frame.size(), 5u);
  EXPECT_TRUE(message.ParseFromString(frame.substr(std::min<size_t>(5, frame.size()))));
  return message;
}

class GrpcFrontend : public ::testing::TestWithParam<Threads> {
 protected:
  runtime::HttpResponse call(const std::string& path, const google::protobuf::Message& request,
                             const std::string& key = "key") {
    return bench_.call(head_of(path, key), framed(request));
  }
  // An open answer with everything taken, and its trailers.
  runtime::HttpFields trailers(const std::shared_ptr<FakeExchange>& exchange) {
    runtime::HttpFields trailers;
    bench_.on_thread([&, source = exchange->answer().source] { trailers = source->trailers(); });
    return trailers;
  }

  FrontendBench bench_{GetParam()};
};

TEST_P(GrpcFrontend, ACallIsAnsweredWithItsMessageAndTrailers) {
  const auto answer = call(send_path, message());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/grpc");
  EXPECT_EQ(field_of(answer.trailers, "grpc-status"), "0");
  EXPECT_EQ(field_of(answer.headers, "grpc-accept-encoding"), "identity,gzip");
  EXPECT_FALSE(answer.says_length);
  EXPECT_EQ(read<v1::SendResponse>(answer.body).message_id().size(), 16u);
  Head proto = head_of(send_path);
  proto.fields[0].second = "application/grpc+proto";
  EXPECT_EQ(bench_.call(proto, framed(message())).content_type, "application/grpc+proto");
}

TEST_P(GrpcFrontend, TheKeyIsLookedAtBeforeTheBody) {
  for (const std::string key : {"", "guess"}) {
    const auto exchange = bench_.begin(head_of(send_path, key));
    EXPECT_FALSE(bench_.has_sink());
    EXPECT_TRUE(is_trailers_only(exchange->answer()));
    EXPECT_EQ(status_of(exchange->answer()), "16");
    EXPECT_FALSE(exchange->is_vouched());
  }
  EXPECT_EQ(status_of(bench_.begin(head_of("/tocsin.v1.Server/GetStatus"))->answer()), "7");
  const auto exchange = bench_.begin(head_of(send_path, "reads"));
  EXPECT_TRUE(exchange->is_vouched());
  bench_.push(framed(message()));
  bench_.end();
  EXPECT_EQ(status_of(exchange->answer()), "7");
}

TEST_P(GrpcFrontend, AnErrorHasItsBody) {
  v1::SendRequest request = message();
  request.set_tag("not a tag");
  const auto answer = call(send_path, request);
  EXPECT_TRUE(is_trailers_only(answer));
  EXPECT_EQ(status_of(answer), "3");
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(trailer(answer, "tocsin-error-bin"), &bytes));
  v1::ErrorResponse::Body body;
  ASSERT_TRUE(body.ParseFromString(bytes));
  EXPECT_EQ(body.code(), 400);
  EXPECT_EQ(body.field_violations(0).field(), "tag");
  EXPECT_NE(trailer(answer, "grpc-status-details-bin"), "none");
}

TEST_P(GrpcFrontend, WhatIsNoCallIsNotImplemented) {
  for (const char* path : {"/tocsin.v1.Send/None", "/none.Service/Send", "/", "/tocsin.v1.Send"}) {
    const auto answer = bench_.call(head_of(path), framed(message()));
    EXPECT_TRUE(is_trailers_only(answer));
    EXPECT_EQ(status_of(answer), "12") << path;
  }
}

TEST_P(GrpcFrontend, WhatIsNoGrpcIsHttp) {
  Head get = head_of(send_path);
  get.method = "GET";
  EXPECT_EQ(bench_.call(get).status, 405);
  for (const char* type : {"application/grpc-web", "application/grpc+json", "application/grpcx"}) {
    Head other = head_of(send_path);
    other.fields[0].second = type;
    EXPECT_EQ(bench_.call(other).status, 415) << type;
  }
  Head old = head_of(send_path);
  old.version = runtime::HttpVersion::http11;
  const auto needs_http2 = bench_.call(old);
  EXPECT_EQ(needs_http2.status, 415);
  EXPECT_THAT(needs_http2.body, ::testing::HasSubstr("gRPC needs HTTP/2"));
}

TEST_P(GrpcFrontend, TakesOneMessageExactly) {
  const std::string frame = framed(message());
  EXPECT_EQ(status_of(bench_.call(head_of(send_path), frame + frame)), "12");
  EXPECT_EQ(status_of(bench_.call(head_of(send_path))), "12");
  Head no_body = head_of(send_path);
  no_body.has_body = false;
  EXPECT_EQ(status_of(bench_.call(no_body)), "12");
  EXPECT_EQ(status_of(bench_.call(head_of(send_path), frame.substr(0, frame.size() - 1))), "13");
  EXPECT_EQ(status_of(bench_.call(head_of(send_path), std::string("\7\0\0\0\0", 5))), "13");
  EXPECT_EQ(status_of(bench_.call(head_of(send_path), grpc_frame(false, "\xff\xff"))), "3");
}

TEST_P(GrpcFrontend, ATooLargeMessageIsRefusedByItsPrefix) {
  const std::string body(limits::http_body_bytes_max + 1, 'x');
  const auto exchange = bench_.begin(head_of(send_path));
  bench_.push(grpc_frame(false, body).substr(0, 5));
  EXPECT_EQ(status_of(exchange->answer()), "8");
  EXPECT_TRUE(bench_.push("the rest is thrown away"));
}

TEST_P(GrpcFrontend, MessagesMayBePackedBothWays) {
  Head gzip = head_of(send_path);
  gzip.fields.emplace_back("grpc-encoding", "gzip");
  gzip.fields.emplace_back("grpc-accept-encoding", "gzip");
  const std::string packed = test::gzip(message().SerializeAsString());
  const auto answer = bench_.call(gzip, grpc_frame(true, packed));
  EXPECT_EQ(status_of(answer), "0");
  EXPECT_EQ(field_of(answer.headers, "grpc-encoding"), "gzip");
  const std::string bomb = test::gzip(std::string(limits::http_body_bytes_max + 1, 'x'));
  EXPECT_EQ(status_of(bench_.call(gzip, grpc_frame(true, bomb))), "8");
  EXPECT_EQ(status_of(bench_.call(gzip, grpc_frame(true, "no gzip"))), "13");
  Head other = head_of(send_path);
  other.fields.emplace_back("grpc-encoding", "snappy");
  const auto unknown = bench_.call(other, framed(message()));
  EXPECT_EQ(status_of(unknown), "12");
  EXPECT_EQ(trailer(unknown, "grpc-accept-encoding"), "identity,gzip");
}

TEST_P(GrpcFrontend, ADeadlineEndsTheCall) {
  Head late = head_of(send_path);
  late.fields.emplace_back("grpc-timeout", "0m");
  bench_.at().log().hold_appends(true);
  const auto exchange = bench_.begin(late);
  bench_.push(framed(message()));
  bench_.end();
  EXPECT_FALSE(exchange->is_answered());
  bench_.on_thread([&] { bench_.gate().tick(); });
  EXPECT_EQ(status_of(exchange->answer()), "4");
  bench_.at().log().hold_appends(false);
  Head wrong = head_of(send_path);
  wrong.fields.emplace_back("grpc-timeout", "1s");
  EXPECT_EQ(status_of(bench_.call(wrong)), "3");
  Head ample = head_of(send_path);
  ample.fields.emplace_back("grpc-timeout", "1H");
  EXPECT_EQ(status_of(bench_.call(ample, framed(message()))), "0");
  bench_.on_thread([&] { EXPECT_EQ(bench_.gate().deadlines().size(), 0u); });
}

TEST_P(GrpcFrontend, WhoGoesIsCountedAndForgotten) {
  Head head = head_of(send_path);
  head.fields.emplace_back("grpc-timeout", "1H");
  const auto exchange = bench_.begin(head);
  bench_.push(framed(message()));
  bench_.on_thread([&] { exchange->go(); });
  bench_.end();
  bench_.on_thread([&] { EXPECT_EQ(bench_.gate().deadlines().size(), 0u); });
  EXPECT_FALSE(exchange->is_answered());
  EXPECT_THAT(runtime::metrics_text(),
              HasSubstr("{call=\"Send\",status=\"499\",transport=\"grpc\"}"));
}

TEST_P(GrpcFrontend, AListComesInPieces) {
  v1::SendToListRequest first;
  first.set_app("demo");
  (*first.mutable_message()->mutable_data())["k"] = "v";
  v1::SendToListRequest ids;
  ids.add_device_ids(DeviceId{{1}}.text());
  const auto answer = bench_.call(head_of(list_path), framed(first) + framed(ids) + framed(ids));
  EXPECT_EQ(status_of(answer), "0");
  EXPECT_EQ(read<v1::SendResponse>(answer.body).message_id().size(), 16u);
  EXPECT_EQ(status_of(bench_.call(head_of(list_path))), "3");
  EXPECT_EQ(status_of(bench_.call(head_of(list_path), framed(first) + "\1")), "13");
  EXPECT_EQ(status_of(bench_.call(head_of(list_path), framed(first) + framed(first))), "3");
}

TEST_P(GrpcFrontend, AWatchTellsTheNewestAndEndsWithItsDeadline) {
  bench_.at().register_device(1, DeviceId{{1}});
  v1::SendRequest to_all = message();
  to_all.set_everyone(true);
  const auto sent = read<v1::SendResponse>(call(send_path, to_all).body);
  bench_.at().await_applied();
  v1::WatchMessageRequest request;
  request.set_app("demo");
  request.set_message_id(sent.message_id());
  Head head = head_of(watch_path, "reads");
  head.fields.emplace_back("grpc-timeout", "0m");
  const auto watch = bench_.begin(head);
  bench_.push(framed(request));
  bench_.end();
  bench_.take(watch);
  EXPECT_EQ(read<v1::MessageReport>(watch->await_piece(0)).pending(), 1u);
  bench_.take(watch);
  bench_.on_thread([&] { bench_.gate().tick(); });
  EXPECT_EQ(watch->await_piece(1), "");
  EXPECT_EQ(field_of(trailers(watch), "grpc-status"), "4");
  bench_.on_thread([&] { watch->go(); });
}

TEST_P(GrpcFrontend, HealthTellsTheTruth) {
  grpc::health::v1::HealthCheckRequest request;
  EXPECT_EQ(read<Health>(call(health_path, request, "").body).status(), Health::SERVING);
  request.set_service("tocsin.v1.Send");
  EXPECT_EQ(read<Health>(call(health_path, request, "").body).status(), Health::SERVING);
  request.set_service("none");
  EXPECT_EQ(status_of(call(health_path, request, "")), "5");

  request.set_service("");
  const auto watch = bench_.begin(head_of(health_watch_path, ""));
  bench_.push(framed(request));
  bench_.end();
  bench_.take(watch);
  EXPECT_EQ(read<Health>(watch->await_piece(0)).status(), Health::SERVING);
  bench_.take(watch);
  bench_.at().log().refuse(absl::ResourceExhaustedError("disk full"));
  bench_.on_dispatcher([&] { bench_.api().refresh(); });
  EXPECT_EQ(read<Health>(watch->await_piece(1)).status(), Health::NOT_SERVING);
  EXPECT_EQ(read<Health>(call(health_path, request, "").body).status(), Health::NOT_SERVING);
  bench_.take(watch);
  bench_.at().log().refuse(absl::OkStatus());
  bench_.on_dispatcher([&] { bench_.api().refresh(); });
  EXPECT_EQ(read<Health>(watch->await_piece(2)).status(), Health::SERVING);
  bench_.take(watch);
  bench_.on_dispatcher([&] { bench_.api().end_streams(); });
  EXPECT_EQ(read<Health>(watch->await_piece(3)).status(), Health::NOT_SERVING);
  bench_.take(watch);
  EXPECT_EQ(watch->await_piece(4), "");
  EXPECT_EQ(field_of(trailers(watch), "grpc-status"), "14");
  bench_.on_thread([&] { watch->go(); });
}

TEST_P(GrpcFrontend, WatchesOfHealthAreBounded) {
  const std::string request = framed(grpc::health::v1::HealthCheckRequest());
  std::vector<std::shared_ptr<FakeExchange>> watches;
  const auto watch = [&] {
    auto exchange = bench_.begin(head_of(health_watch_path, ""));
    bench_.push(request);
    bench_.end();
    return exchange;
  };
  for (size_t i = 0; i < limits::grpc_health_strangers_max; ++i) watches.push_back(watch());
  EXPECT_NE(watches.back()->answer().source, nullptr);
  EXPECT_EQ(status_of(watch()->answer()), "8");
  const auto keyed = bench_.begin(head_of(health_watch_path, "key"));
  bench_.push(request);
  bench_.end();
  EXPECT_NE(keyed->answer().source, nullptr);
  bench_.on_thread([&] { watches.back()->go(); });
  EXPECT_NE(watch()->answer().source, nullptr);
  bench_.on_thread([&] {
    for (const auto& one : watches) one->go();
    keyed->go();
  });
}

TEST_P(GrpcFrontend, ReflectionAnswersInTurn) {
  grpc::reflection::v1::ServerReflectionRequest question;
  question.set_list_services("");
  const auto exchange = bench_.begin(head_of(reflection_path, ""));
  EXPECT_TRUE(exchange->answer().reads_on);
  EXPECT_FALSE(bench_.push(framed(question) + framed(question).substr(0, 3)));
  bench_.take(exchange);
  using Response = grpc::reflection::v1::ServerReflectionResponse;
  const auto first = read<Response>(exchange->await_piece(0));
  EXPECT_EQ(first.list_services_response().service_size(), 11);
  question.set_file_containing_symbol("tocsin.v1.Send");
  bench_.take(exchange);
  EXPECT_EQ(exchange->pieces(), 1u);
  exchange->await_resumed(1);
  grpc::reflection::v1::ServerReflectionRequest list;
  list.set_list_services("");
  EXPECT_TRUE(bench_.push(framed(list).substr(3)));
  EXPECT_TRUE(read<Response>(exchange->await_piece(1)).has_list_services_response());
  bench_.take(exchange);
  EXPECT_TRUE(bench_.push(framed(question)));
  EXPECT_TRUE(read<Response>(exchange->await_piece(2)).has_file_descriptor_response());
  bench_.end();
  bench_.take(exchange);
  EXPECT_EQ(exchange->await_piece(3), "");
  EXPECT_EQ(field_of(trailers(exchange), "grpc-status"), "0");
  bench_.on_thread([&] { exchange->go(); });
}

TEST_P(GrpcFrontend, ReflectionIsBounded) {
  grpc::reflection::v1::ServerReflectionRequest question;
  question.set_file_by_filename("none");
  std::string body;
  for (size_t i = 0; i <= limits::grpc_reflection_questions_max; ++i) body += framed(question);
  const auto exchange = bench_.begin(head_of(reflection_path, ""));
  bench_.push(body);
  for (size_t i = 0; i < limits::grpc_reflection_questions_max; ++i) bench_.take(exchange);
  EXPECT_GT(exchange->await_piece(limits::grpc_reflection_questions_max - 1).size(), 5u);
  bench_.take(exchange);
  EXPECT_EQ(exchange->await_piece(limits::grpc_reflection_questions_max), "");
  EXPECT_EQ(field_of(trailers(exchange), "grpc-status"), "8");
  bench_.on_thread([&] { exchange->go(); });
}

TEST_P(GrpcFrontend, ReflectionEndsWithTheServer) {
  const auto exchange = bench_.begin(head_of(reflection_path, ""));
  bench_.take(exchange);
  bench_.on_dispatcher([&] { bench_.api().end_streams(); });
  EXPECT_EQ(exchange->await_piece(0), "");
  EXPECT_EQ(field_of(trailers(exchange), "grpc-status"), "14");
  bench_.on_thread([&] { exchange->go(); });
}

TEST_P(GrpcFrontend, ReflectionIsNotPacked) {
  grpc::reflection::v1::ServerReflectionRequest question;
  question.set_file_containing_symbol("tocsin.v1.Send");
  auto head = head_of(reflection_path, "");
  head.fields.emplace_back("grpc-accept-encoding", "gzip");
  const auto exchange = bench_.begin(std::move(head));
  bench_.push(framed(question));
  bench_.take(exchange);
  const std::string piece = exchange->await_piece(0);
  ASSERT_GT(piece.size(), limits::grpc_gzip_bytes_min);
  EXPECT_EQ(piece[0], 0);
  bench_.on_thread([&] { exchange->go(); });
}

INSTANTIATE_TEST_SUITE_P(Threads, GrpcFrontend, ::testing::Values(Threads::one, Threads::two),
                         [](const auto& info) {
                           return info.param == Threads::one ? "OnTheDispatcher" : "OnTheirOwn";
                         });

}  // namespace
}  // namespace tocsin::dispatcher
