#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/from_json.h"
#include "json/to_json.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::json {
namespace {

using ::testing::HasSubstr;

TEST(FromJson, ReadsWhatToJsonWrites) {
  v1::SendRequest request;
  request.set_tag("news");
  request.set_priority(v1::SendRequest::HIGH);
  (*request.mutable_data())["k"] = "v";
  const std::string line = to_json(request, Zeros::omit);
  EXPECT_EQ(line, "{\"tag\":\"news\",\"data\":{\"k\":\"v\"},\"priority\":\"HIGH\"}\n");
  EXPECT_THAT(to_json(request, Zeros::keep), HasSubstr("\"label\":\"\""));
  v1::SendRequest read;
  ASSERT_TRUE(from_json(line, read, UnknownFields::refuse).ok());
  EXPECT_EQ(read.SerializeAsString(), request.SerializeAsString());
}

TEST(FromJson, AFieldNobodyKnowsIsRefusedOrSkipped) {
  const std::string json = "{\"tag\":\"news\",\"later\":{\"a\":[1]}}";
  v1::SendRequest request;
  const absl::Status refused = from_json(json, request, UnknownFields::refuse);
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(refused.ToString(), HasSubstr("later"));
  v1::SendRequest lenient;
  ASSERT_TRUE(from_json(json, lenient, UnknownFields::skip).ok());
  EXPECT_EQ(lenient.tag(), "news");
}

TEST(FromJson, EnumsInAnyCaseAndNothingElse) {
  v1::SendRequest request;
  ASSERT_TRUE(from_json("{\"priority\":\"alert\"}", request, UnknownFields::refuse).ok());
  EXPECT_EQ(request.priority(), v1::SendRequest::ALERT);
  for (const char* text : {"", "x", "[]", "{\"tag\":", "{\"priority\":\"soon\"}", "{\"tag\":{}}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(from_json(text, request, UnknownFields::refuse))) << text;
  }
}

}  // namespace
}  // namespace tocsin::json
