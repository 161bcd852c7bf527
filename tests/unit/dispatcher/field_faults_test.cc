// Bodies of many wrong values: the answer names the first few, and costs no more than they do.
#include "dispatcher/reply/field_faults.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/send/send_request.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::HasSubstr;

v1::ErrorResponse::Body fault_of(const v1::SendRequest& request) {
  const auto send = check_send(request, 1'700'000'000'000);
  EXPECT_TRUE(absl::IsInvalidArgument(send.status()));
  return error_body(send.status());
}

TEST(FieldFaults, NamesTheFirst) {
  FieldFaults faults;
  EXPECT_TRUE(faults.is_empty());
  EXPECT_TRUE(faults.status().ok());
  for (size_t i = 0; i < 2 * limits::field_faults_max; ++i) {
    EXPECT_EQ(faults.is_full(), i >= limits::field_faults_max);
    faults.add(fmt::format("f{}", i), "is wrong");
  }
  const v1::ErrorResponse::Body body = error_body(faults.status());
  EXPECT_EQ(body.message(), "f0: is wrong");
  ASSERT_EQ(static_cast<size_t>(body.field_violations_size()), limits::field_faults_max);
  EXPECT_EQ(body.field_violations(limits::field_faults_max - 1).field(),
            fmt::format("f{}", limits::field_faults_max - 1));
}

TEST(FieldFaults, TooMuchDataIsOneFaultWhateverItsKeys) {
  v1::SendRequest request;
  request.set_tag("a");
  for (int i = 0; i < 6000; ++i) (*request.mutable_data())[fmt::format("tocsin.{}", i)] = "";
  const auto body = fault_of(request);
  ASSERT_EQ(body.field_violations_size(), 1);
  EXPECT_THAT(body.message(), HasSubstr("data: at most"));
}

TEST(FieldFaults, TooManyPlatformsAreOneFaultAndNotLookedAt) {
  v1::SendRequest request;
  request.set_tag("a");
  (*request.mutable_data())["tocsin.0"] = "";
  for (int i = 0; i < 3000; ++i) (*request.mutable_platforms())[fmt::format("{}", i)];
  const auto body = fault_of(request);
  ASSERT_EQ(body.field_violations_size(), 2);
  EXPECT_THAT(body.field_violations(1).description(), HasSubstr("at most"));
}

}  // namespace
}  // namespace tocsin::dispatcher
