// List sends, over REST as lines and over gRPC as a stream: the same pieces, the same answers.
#include <chrono>
#include <fmt/format.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/from_json.h"
#include "json/to_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.grpc.pb.h"

#include "tests/support/grpc_client.h"
#include "tests/support/installation.h"

namespace tocsin::dispatcher {
namespace {

using Pieces = std::vector<v1::SendToListRequest>;

struct Outcome {
  int status = 0;
  std::string message;     // of the error
  std::string message_id;  // of what was accepted
};

class ListContract : public ::testing::TestWithParam<bool> {
 protected:
  ListContract() {
    const auto answer = at_.client()->call({.method = "POST",
                                            .target = "/v1/apps",
                                            .bearer_token = test::admin_key,
                                            .body = R"({"app":"demo"})"});
    v1::App app;
    EXPECT_TRUE(json::from_json(answer->body, app).ok());
    key_ = app.send_key();
    for (uint8_t i = 0; i < 3; ++i) at_.register_device(1, DeviceId{{i}});
  }

  void SetUp() override {
    if (GetParam() && !test::grpc_is_on) GTEST_SKIP() << "gRPC is off under this sanitizer";
  }

  static v1::SendToListRequest first() {
    v1::SendToListRequest piece;
    piece.set_app("demo");
    (*piece.mutable_message()->mutable_data())["k"] = "v";
    return piece;
  }

  static v1::SendToListRequest ids(const std::vector<std::string>& texts) {
    v1::SendToListRequest piece;
    for (const std::string& text : texts) piece.add_device_ids(text);
    return piece;
  }

  // `count` ids nobody has, in pieces, from `from` on.
  static void add_strangers(size_t from, size_t count, Pieces& pieces) {
    for (size_t at = 0; at < count;) {
      std::vector<std::string> texts;
      for (; at < count && texts.size() < 1500; ++at) {
        texts.push_back(fmt::format("ff{:030x}", from + at));
      }
      pieces.push_back(ids(texts));
    }
  }

  Outcome send(const Pieces& pieces, const std::string& key) {
    return GetParam() ? over_grpc(pieces, key) : over_rest(pieces, key);
  }
  Outcome send(const Pieces& pieces) { return send(pieces, key_); }

  uint64_t targeted(const std::string& message) {
    at_.await_applied();
    const auto answer =
        at_.client()->call({.target = "/v1/apps/demo/messages/" + message, .bearer_token = key_});
    v1::MessageReport report;
    EXPECT_TRUE(json::from_json(answer->body, report).ok()) << answer->body;
    return report.targeted();
  }

  // Names of audiences, those of lists included.
  std::vector<std::string> audiences() {
    at_.await_applied();
    const auto answer =
        test::answer_of(at_.storage(), cluster::about<internal::AudienceNamesQuestion>(AppId{1}));
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return {};
    return {answer->names().begin(), answer->names().end()};
  }

  // The list is forgotten once the answer is on its way.
  std::vector<std::string> audiences_at_last() {
    for (int i = 0; i < 1000 && !audiences().empty(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return audiences();
  }

  test::Installation at_;
  std::string key_;

 private:
  Outcome over_rest(const Pieces& pieces, const std::string& key) {
    std::string body;
    for (const auto& piece : pieces) body += json::to_json(piece, json::Zeros::omit);
    const auto answer = at_.client()->call({.method = "POST",
                                            .target = "/v1/apps/demo/messages/list",
                                            .bearer_token = key,
                                            .body = body,
                                            .content_type = "application/x-ndjson"});
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    if (answer->status >= 400) {
      v1::ErrorResponse error;
      EXPECT_TRUE(json::from_json(answer->body, error).ok());
      return {answer->status, error.error().message(), {}};
    }
    v1::SendResponse response;
    EXPECT_TRUE(json::from_json(answer->body, response).ok());
    return {answer->status, {}, response.message_id()};
  }

  Outcome over_grpc(const Pieces& pieces, const std::string& key) {
    test::GrpcClient client(at_.grpc_port(), at_.ca_pem());
    const auto stub = v1::Send::NewStub(client.channel());
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + key);
    v1::SendResponse response;
    const auto writer = stub->SendToList(&context, &response);
    for (const auto& piece : pieces) {
      if (!writer->Write(piece)) break;
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    if (status.ok()) return {202, {}, response.message_id()};
    v1::ErrorResponse::Body error;
    const auto& trailers = context.GetServerTrailingMetadata();
    const auto found = trailers.find("tocsin-error-bin");
    EXPECT_NE(found, trailers.end()) << status.error_message();
    if (found == trailers.end()) return {};
    error.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()));
    return {error.code(), error.message(), {}};
  }
};

TEST_P(ListContract, DevicesOfTheAppAreTargetedOnceAndOthersLeftOut) {
  Pieces pieces{first(), ids({DeviceId{{0}}.text(), DeviceId{{2}}.text(), DeviceId{{0}}.text()})};
  add_strangers(0, 20'000, pieces);
  const Outcome sent = send(pieces);
  EXPECT_EQ(sent.status, 202) << sent.message;
  EXPECT_EQ(targeted(sent.message_id), 2u);
  EXPECT_EQ(audiences_at_last(), std::vector<std::string>());
}

TEST_P(ListContract, ARepeatedCallWithItsKeyIsToldApartByItsIds) {
  v1::SendToListRequest head = first();
  head.mutable_message()->set_idempotency_key("list-1");
  const Pieces pieces{head, ids({DeviceId{{0}}.text()})};
  const Outcome sent = send(pieces);
  at_.await_applied();
  EXPECT_EQ(send(pieces).message_id, sent.message_id);
  EXPECT_EQ(send({head, ids({DeviceId{{1}}.text()})}).status, 400);
}

TEST_P(ListContract, WhatIsWrongIsNamedAndNothingIsSentOrKept) {
  Pieces long_list{first()};
  add_strangers(0, 9'000, long_list);
  long_list.push_back(ids({"not an id"}));
  v1::SendToListRequest with_target = first();
  with_target.mutable_message()->set_tag("a");
  v1::SendToListRequest later = first();
  later.mutable_message()->mutable_send_time()->set_seconds(1'900'000'000);
  const auto one = ids({DeviceId{{0}}.text()});
  EXPECT_THAT(send(long_list).message, ::testing::HasSubstr("device_ids[9000]"));
  EXPECT_THAT(send({with_target, one}).message, ::testing::HasSubstr("give no target"));
  EXPECT_THAT(send({later, one}).message, ::testing::HasSubstr("a list cannot wait"));
  EXPECT_THAT(send({first(), one, first()}).message, ::testing::HasSubstr("first piece alone"));
  EXPECT_THAT(send({first()}).message, ::testing::HasSubstr("at least one id"));
  EXPECT_EQ(send({first(), one}, "tsk_wrong").status, 401);
  EXPECT_EQ(send({}).status, 400);
  EXPECT_EQ(audiences_at_last(), std::vector<std::string>());
  EXPECT_TRUE(at_.casts().empty());
}

TEST_P(ListContract, AListThatAServerLeftBehindIsForgottenAtItsStart) {
  internal::Record record;
  record.mutable_audience_changed()->set_app_id(1);
  record.mutable_audience_changed()->set_name(".list-0123");
  std::promise<void> durable;
  at_.log().append(record.SerializeAsString(), [&](auto) { durable.set_value(); });
  durable.get_future().wait();
  EXPECT_EQ(audiences(), std::vector<std::string>{".list-0123"});
  at_.close();
  at_.open();
  EXPECT_EQ(audiences_at_last(), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Transports, ListContract, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Grpc" : "Rest"; });

}  // namespace
}  // namespace tocsin::dispatcher
