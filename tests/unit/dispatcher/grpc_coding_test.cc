#include "dispatcher/transport/grpc/grpc_coding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/http_server/gunzip.h"

#include "tests/support/gzip.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::Pair;

absl::StatusOr<GrpcCoding> coding(const std::string& encoding, const std::string& accepted) {
  runtime::HttpHeaders headers;
  if (!encoding.empty()) headers.add("grpc-encoding", encoding);
  if (!accepted.empty()) headers.add("grpc-accept-encoding", accepted);
  return GrpcCoding::of(headers);
}

runtime::HttpFields fields(const GrpcCoding& coding) {
  runtime::HttpFields fields;
  coding.add_fields(fields);
  return fields;
}

TEST(GrpcCoding, UnpacksWhatIsPacked) {
  const auto gzip = coding("gzip", "");
  EXPECT_EQ(*gzip->decode({true, test::gzip("hello")}), "hello");
  EXPECT_EQ(*gzip->decode({false, "hello"}), "hello");
  EXPECT_TRUE(absl::IsInternal(gzip->decode({true, "hello"}).status()));
  EXPECT_TRUE(absl::IsInternal(coding("", "")->decode({true, test::gzip("x")}).status()));
  EXPECT_TRUE(absl::IsInternal(coding("identity", "")->decode({true, "x"}).status()));
}

TEST(GrpcCoding, ABombIsRefused) {
  const std::string bomb = test::gzip(std::string(limits::http_body_bytes_max + 1, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(coding("gzip", "")->decode({true, bomb}).status()));
}

TEST(GrpcCoding, WhatIsNotKnownIsNotImplemented) {
  EXPECT_TRUE(absl::IsUnimplemented(coding("deflate", "").status()));
  EXPECT_TRUE(absl::IsUnimplemented(coding("gzip,gzip", "").status()));
}

TEST(GrpcCoding, AnswersAsItWasAskedWhenThatPays) {
  const std::string text(2'000, 'x');
  const auto both = coding("gzip", "identity, gzip");
  const std::string packed = both->frame(text);
  EXPECT_EQ(packed[0], 1);
  EXPECT_LT(packed.size(), text.size());
  std::string unpacked;
  EXPECT_EQ(runtime::gunzip(packed.substr(5), 2'000, unpacked), runtime::Gunzip::Step::ok);
  EXPECT_EQ(unpacked, text);
  EXPECT_THAT(fields(*both), Contains(Pair("grpc-encoding", "gzip")));

  EXPECT_EQ(both->frame("short"), grpc_frame(false, "short"));
  std::string noise;
  for (int i = 0; i < 2'000; ++i) noise += static_cast<char>((i * 2654435761u) >> 13 & 0xff);
  EXPECT_LE(both->frame(noise).size(), noise.size() + 5);
}

TEST(GrpcCoding, NobodyGetsGzipWhoHasNotShownIt) {
  const std::string text(2'000, 'x');
  for (const auto& [encoding, accepted] :
       {std::pair{"", "gzip"}, {"identity", "gzip"}, {"gzip", ""}, {"gzip", "identity,deflate"}}) {
    const auto one = coding(encoding, accepted);
    EXPECT_EQ(one->frame(text), grpc_frame(false, text));
    EXPECT_THAT(fields(*one), Not(Contains(Pair("grpc-encoding", "gzip"))));
    EXPECT_THAT(fields(*one), Contains(Pair("grpc-accept-encoding", "identity,gzip")));
  }
}

}  // namespace
}  // namespace tocsin::dispatcher
