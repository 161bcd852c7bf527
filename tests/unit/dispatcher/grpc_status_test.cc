#include "dispatcher/transport/grpc/grpc_status.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::string field(const runtime::HttpFields& fields, const std::string& name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "none";
}

// Padding added again: absl takes it with or without.
std::string decoded(const std::string& value) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(value, &bytes)) << value;
  return bytes;
}

TEST(GrpcStatus, WhatIsWellIsACodeAlone) {
  EXPECT_THAT(grpc_trailers(absl::OkStatus()), ElementsAre(Pair("grpc-status", "0")));
}

TEST(GrpcStatus, AnErrorHasItsWholeBodyTwice) {
  const absl::Status status = invalid_field("ttl", "must be 100 % shörter");
  const auto trailers = grpc_trailers(status);
  EXPECT_EQ(field(trailers, "grpc-status"), "3");
  EXPECT_EQ(field(trailers, "grpc-message"), "ttl: must be 100 %25 sh%C3%B6rter");
  v1::ErrorResponse::Body body;
  ASSERT_TRUE(body.ParseFromString(decoded(field(trailers, "tocsin-error-bin"))));
  EXPECT_EQ(body.SerializeAsString(), error_body(status).SerializeAsString());
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(decoded(field(trailers, "grpc-status-details-bin"))));
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.message(), body.message());
  ASSERT_EQ(details.details_size(), 1);
  v1::ErrorResponse::Body detail;
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/tocsin.v1.ErrorResponse.Body");
  ASSERT_TRUE(details.details(0).UnpackTo(&detail));
  EXPECT_EQ(detail.field_violations(0).field(), "ttl");
}

TEST(GrpcStatus, ALongErrorIsToldOnce) {
  absl::Status status;
  for (int i = 0; i < 200; ++i) status = with_field(status, "device_ids", "is not what it must be");
  const auto trailers = grpc_trailers(status);
  EXPECT_EQ(field(trailers, "grpc-status-details-bin"), "none");
  EXPECT_NE(field(trailers, "tocsin-error-bin"), "none");
}

TEST(GrpcStatus, WhatIsWrongAsGrpcHasNoBody) {
  const absl::Status status = grpc_refusal(absl::StatusCode::kUnimplemented, "no");
  EXPECT_THAT(grpc_trailers(status),
              ElementsAre(Pair("grpc-status", "12"), Pair("grpc-message", "no")));
}

TEST(GrpcStatus, IsCountedAsRestWouldBe) {
  EXPECT_EQ(grpc_counted_status(absl::OkStatus(), 202), 202);
  EXPECT_EQ(grpc_counted_status(absl::NotFoundError(""), 202), 404);
  EXPECT_EQ(grpc_counted_status(absl::CancelledError(""), 202), 499);
  EXPECT_EQ(grpc_counted_status(absl::UnimplementedError(""), 202), 501);
}

TEST(GrpcPercent, KeepsPrintableAscii) {
  EXPECT_EQ(grpc_percent_encoded(" az~!"), " az~!");
  EXPECT_EQ(grpc_percent_encoded("a%b\n\x7f\xc3\xa9"), "a%25b%0A%7F%C3%A9");
}

TEST(GrpcBinary, HasNoPadding) {
  EXPECT_EQ(grpc_binary_value(""), "");
  EXPECT_EQ(grpc_binary_value("a"), "YQ");
  EXPECT_EQ(grpc_binary_value("ab"), "YWI");
  EXPECT_EQ(grpc_binary_value("abc"), "YWJj");
  EXPECT_EQ(grpc_binary_value("\xff\xfe"), "//4");
}

}  // namespace
}  // namespace tocsin::dispatcher
