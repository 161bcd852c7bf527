#include "dispatcher/reply/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(ApiError, CanonicalCodesHaveTheirHttpStatus) {
  for (const auto& [code, status] : {std::pair{absl::StatusCode::kInvalidArgument, 400},
                                     {absl::StatusCode::kUnauthenticated, 401},
                                     {absl::StatusCode::kPermissionDenied, 403},
                                     {absl::StatusCode::kNotFound, 404},
                                     {absl::StatusCode::kAlreadyExists, 409},
                                     {absl::StatusCode::kResourceExhausted, 429},
                                     {absl::StatusCode::kInternal, 500},
                                     {absl::StatusCode::kDataLoss, 500},
                                     {absl::StatusCode::kUnknown, 500},
                                     {absl::StatusCode::kUnavailable, 503},
                                     {absl::StatusCode::kDeadlineExceeded, 504}}) {
    EXPECT_EQ(error_response(absl::Status(code, "x")).status, status);
  }
}

TEST(ApiError, OneShape) {
  const auto response = error_response(invalid_field("ttl", "too long"));
  EXPECT_EQ(
      response.body,
      "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"ttl: too long\","
      "\"fieldViolations\":[{\"field\":\"ttl\",\"description\":\"too long\"}]}}\n");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_TRUE(response.headers.empty());
  EXPECT_EQ(error_response(absl::DataLossError("x")).body,
            "{\"error\":{\"code\":500,\"status\":\"DATA_LOSS\",\"message\":\"x\"}}\n");
  EXPECT_EQ(error_response(absl::AbortedError("x")).body,
            "{\"error\":{\"code\":500,\"status\":\"INTERNAL\",\"message\":\"x\"}}\n");
}

TEST(ApiError, PassingErrorsSayWhenToTryAgain) {
  const auto busy = error_response(absl::UnavailableError("x"));
  EXPECT_EQ(busy.headers, (Headers{{"retry-after", "1"}}));
  const auto full = error_response(with_retry_after(absl::ResourceExhaustedError("x"), 30));
  EXPECT_EQ(full.headers, (Headers{{"retry-after", "30"}}));
  EXPECT_THAT(full.body, ::testing::HasSubstr("\"retryAfterS\":30"));
}

TEST(ApiError, UnauthenticatedNamesTheScheme) {
  EXPECT_EQ(error_response(absl::UnauthenticatedError("x")).headers,
            (Headers{{"www-authenticate", "Bearer"}}));
}

TEST(ApiError, FieldsKeepCodeAndMessage) {
  const absl::Status status = with_field(absl::NotFoundError("gone"), "device", "unknown");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(status.message(), "gone");
}

TEST(ApiError, WhatHttpAloneKnows) {
  EXPECT_EQ(http_error_response(413, "big").body,
            "{\"error\":{\"code\":413,\"status\":\"INVALID_ARGUMENT\",\"message\":\"big\"}}\n");
  EXPECT_EQ(http_error_response(503, "full").headers, (Headers{{"retry-after", "1"}}));
}

}  // namespace
}  // namespace tocsin::dispatcher
