// A watch over REST and over gRPC: the same story on two installations is told in the same reports.
#include <fmt/format.h>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatcher/transport/json_body.h"
#include "json/to_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.grpc.pb.h"

#include "tests/support/acknowledge.h"
#include "tests/support/event_reader.h"
#include "tests/support/grpc_client.h"

namespace tocsin::dispatcher {
namespace {

// An installation with an app, devices 1 to 3 and a message to them, and a watch of it.
class Watched {
 public:
  Watched() {
    v1::App app;
    EXPECT_TRUE(parse_json(post("/v1/apps", R"({"app":"demo"})", test::admin_key), app).ok());
    key_ = app.send_key();
    for (const uint8_t first : {1, 2, 3}) at_.register_device(1, DeviceId{{first}});
    v1::SendResponse sent;
    EXPECT_TRUE(parse_json(post("/v1/apps/demo/messages",
                                R"({"everyone":true,"data":{"k":"v"},"label":"l"})", key_),
                           sent)
                    .ok());
    message_ = sent.message_id();
    at_.await_applied();
  }
  virtual ~Watched() = default;

  // Requires that message_ is watched; the next report as JSON without what chance says, "" at the
  // end.
  virtual std::string next() = 0;
  // The error that a watch of this message ends with.
  virtual std::string refusal(const std::string& message, const std::string& key) = 0;

  // Each event of the story is told before the next one happens.
  std::vector<std::string> told() {
    std::vector<std::string> reports{next()};
    acknowledge(at_, message_, {DeviceId{{2}}});
    reports.push_back(next());
    acknowledge(at_, message_, {DeviceId{{1}}, DeviceId{{3}}});
    reports.push_back(next());
    reports.push_back(next());
    return reports;
  }
  const std::string& key() const { return key_; }

 protected:
  std::string post(const std::string& target, const std::string& body, const std::string& key) {
    const auto answer =
        at_.client()->call({.method = "POST", .target = target, .bearer_token = key, .body = body});
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->body : "";
  }
  static std::string without_chance(const std::string& json) {
    const std::string times =
        std::regex_replace(json, std::regex("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z"), "TIME");
    return std::regex_replace(times, std::regex("[0-9a-f]{16}(?=[\"/ ])"), "MESSAGE");
  }

  test::Installation at_;
  std::string key_;
  std::string message_;
};

class RestWatched final : public Watched {
 public:
  std::string next() override {
    if (watch_ == nullptr) watch_ = watch(message_, key_);
    const std::string event = watch_->next();
    return event.starts_with("data: ") ? without_chance(event.substr(6)) : "";
  }
  std::string refusal(const std::string& message, const std::string& key) override {
    return watch(message, key)->answer().body;
  }

 private:
  std::unique_ptr<test::EventReader> watch(const std::string& message, const std::string& key) {
    return std::make_unique<test::EventReader>(
        at_.client(),
        runtime::HttpsRequest{
            .target = fmt::format("/v1/apps/demo/messages/{}/watch?reportsPerS=10", message),
            .bearer_token = key});
  }
  std::unique_ptr<test::EventReader> watch_;
};

class GrpcWatched final : public Watched {
 public:
  std::string next() override {
    if (reader_ == nullptr) start(message_, key_);
    v1::MessageReport report;
    if (reader_->Read(&report)) {
      std::string json = json::to_json(report, json::Zeros::keep);
      json.pop_back();  // the end of its line, which an event has not
      return without_chance(std::move(json));
    }
    EXPECT_TRUE(reader_->Finish().ok());
    return {};
  }
  std::string refusal(const std::string& message, const std::string& key) override {
    start(message, key);
    v1::MessageReport report;
    EXPECT_FALSE(reader_->Read(&report));
    reader_->Finish();
    v1::ErrorResponse error;
    const auto& trailers = context_->GetServerTrailingMetadata();
    const auto found = trailers.find("tocsin-error-bin");
    if (found == trailers.end()) return {};
    error.mutable_error()->ParseFromArray(found->second.data(),
                                          static_cast<int>(found->second.size()));
    return json::to_json(error, json::Zeros::omit);
  }
  // What comes when the caller has gone.
  void cancel() {
    context_->TryCancel();
    v1::MessageReport report;
    while (reader_->Read(&report)) {
    }
    EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }

 private:
  void start(const std::string& message, const std::string& key) {
    if (stub_ == nullptr) {
      stub_ = v1::Send::NewStub(test::GrpcClient(at_.grpc_port(), at_.ca_pem()).channel());
    }
    v1::WatchMessageRequest request;
    request.set_app("demo");
    request.set_message_id(message);
    request.set_reports_per_s(10);
    reader_.reset();
    context_ = std::make_unique<grpc::ClientContext>();
    context_->AddMetadata("authorization", "Bearer " + key);
    reader_ = stub_->WatchMessage(context_.get(), request);
  }
  std::unique_ptr<v1::Send::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::MessageReport>> reader_;
};

TEST(WatchContract, RestAndGrpcTellTheSameStory) {
  if (!test::grpc_is_on) GTEST_SKIP() << "without gRPC there is nothing to compare";
  RestWatched rest;
  GrpcWatched grpc;
  const auto over_rest = rest.told();
  EXPECT_EQ(over_rest, grpc.told());
  ASSERT_EQ(over_rest.size(), 4u);
  EXPECT_THAT(over_rest[0], testing::HasSubstr("\"pending\":\"3\""));
  EXPECT_THAT(over_rest[1], testing::HasSubstr("\"pending\":\"2\""));
  EXPECT_THAT(over_rest[2], testing::HasSubstr("\"pending\":\"0\""));
  EXPECT_EQ(over_rest[3], "");
}

TEST(WatchContract, RestAndGrpcRefuseAlike) {
  if (!test::grpc_is_on) GTEST_SKIP() << "without gRPC there is nothing to compare";
  RestWatched rest;
  GrpcWatched grpc;
  for (const std::string message : {"0000000000000001", "short"}) {
    EXPECT_EQ(rest.refusal(message, rest.key()), grpc.refusal(message, grpc.key()));
  }
  EXPECT_EQ(rest.refusal("0000000000000001", "none"), grpc.refusal("0000000000000001", "none"));
}

TEST(WatchContract, AGrpcCallerMayGoAtAnyTime) {
  if (!test::grpc_is_on) GTEST_SKIP() << "without gRPC there is nothing to compare";
  GrpcWatched grpc;
  EXPECT_NE(grpc.next(), "");
  grpc.cancel();
}

}  // namespace
}  // namespace tocsin::dispatcher
