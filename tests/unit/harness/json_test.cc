#include "harness/json.h"

#include <gtest/gtest.h>

namespace tocsin::bench {
namespace {

TEST(JsonTest, WhatWasNotMeasuredIsAbsentAndNumbersAreRounded) {
  const Json json = {{"a\"b", "line\nbreak\\"},
                     {"empty", Json::array()},
                     {"third", 1.0 / 3},
                     {"whole", 10.0},
                     {"never", 0.0 / 0.0},
                     {"absent", std::optional<double>()},
                     {"there", std::optional<uint64_t>(7)},
                     {"nothing", Series()},
                     {"nested", {{"absent", nullptr}}}};
  EXPECT_EQ(text_of(json),
            "{\n"
            "  \"a\\\"b\": \"line\\nbreak\\\\\",\n"
            "  \"empty\": [],\n"
            "  \"third\": 0.333333,\n"
            "  \"whole\": 10,\n"
            "  \"never\": null,\n"
            "  \"there\": 7,\n"
            "  \"nested\": {}\n"
            "}\n");
}

TEST(JsonTest, ASeriesIsItsMedianAndItsEnds) {
  const Json json = {{"ms", Series({3, 1, 2})}};
  EXPECT_EQ(text_of(json, -1), "{\"ms\":{\"median\":2,\"min\":1,\"max\":3}}\n");
}

struct Described {
  uint32_t count = 0;
  std::optional<double> absent;
  Series ms;
  bool untold = true;
};
BOOST_DESCRIBE_STRUCT(Described, (), (count, absent, ms))

TEST(JsonTest, AStructTellsWhatIsDescribedOfIt) {
  const std::vector<Described> all = {{7, {}, {1}}, {8, 2.5, {}}};
  EXPECT_EQ(text_of(all, -1),
            "[{\"count\":7,\"ms\":{\"median\":1,\"min\":1,\"max\":1}},"
            "{\"count\":8,\"absent\":2.5}]\n");
}

TEST(JsonTest, TextThatIsNoUtf8IsStillWritten) {
  EXPECT_EQ(text_of({{"said", "\xff!"}}, -1), "{\"said\":\"\xef\xbf\xbd!\"}\n");
}

TEST(JsonTest, WhatIsNotOfTheKindIsNotThere) {
  const Json object = parse_object(R"({"text": "x", "number": 2.5, "object": {"a": 1}})");
  EXPECT_EQ(text_at(object, "text"), "x");
  EXPECT_EQ(text_at(object, "number"), "");
  EXPECT_EQ(number_at(object, "number"), 2.5);
  EXPECT_EQ(number_at(object, "text"), std::nullopt);
  EXPECT_EQ(number_at(object_at(object, "object"), "a"), 1);
  EXPECT_TRUE(object_at(object, "text").empty());
  EXPECT_TRUE(parse_object("[1]").empty());
  EXPECT_TRUE(parse_object("{\"half\": ").empty());
}

}  // namespace
}  // namespace tocsin::bench
