#include "audience/parser.h"

#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/prng.h"

#include "tests/unit/audience/random_audience.h"

namespace tocsin::audience {
namespace {

// The canonical text of `text`, or the error.
std::string canonical(const std::string& text) {
  const auto parsed = parse(text);
  return parsed.ok() ? text_of(*parsed) : std::string(parsed.status().message());
}

std::string repeated(size_t times, const std::string& text) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(AudienceParserTest, ReadsEveryTerm) {
  for (const std::string text : {"everyone",
                                 "tag:news",
                                 "alias:user-17",
                                 "audience:spring",
                                 "region:wx4",
                                 "platform:ios",
                                 "language:de-CH",
                                 "timezone:Europe/Berlin",
                                 "app_version=2.10",
                                 "app_version!=2.10",
                                 "app_version<2.10",
                                 "app_version<=2.10",
                                 "sdk_version>1",
                                 "sdk_version>=1.2.3-rc+4",
                                 "seen<=30d",
                                 "tag:a:b",
                                 "tag:and",
                                 "tag:\":x\"",
                                 "tag:\"spring sale\"",
                                 "tag:\"quo\\\"te and \\\\\"",
                                 "tag:\"\xe5\x9c\xb0\xe9\x9c\x87\""}) {
    EXPECT_EQ(canonical(text), text);
  }
}

TEST(AudienceParserTest, NotBindsMoreThanAndMoreThanOr) {
  const auto term = [](const char* tag) {
    return Expression::of({.field = Field::tag, .text = tag});
  };
  const auto expected = Expression::disjunction(
      {term("a"), Expression::conjunction({Expression::negation(term("b")), term("c")})});
  EXPECT_EQ(*parse("tag:a or not tag:b and tag:c"), expected);
  EXPECT_FALSE(*parse("(tag:a or not tag:b) and tag:c") == expected);
}

TEST(AudienceParserTest, CanonicalTextIsMinimal) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"  Tag : news\tAND\nNOT(SEEN:030D)  ", "tag:news and not seen<=30d"},
      {"tag=news", "tag:news"},
      {"app_version:2.0", "app_version=2.0"},
      {"app_version  >=  \"2.0\"", "app_version>=2.0"},
      {"((tag:a)) and (tag:b and tag:c)", "tag:a and tag:b and tag:c"},
      {"(tag:a and tag:b) or (tag:c or tag:d)", "tag:a and tag:b or tag:c or tag:d"},
      {"(tag:a or tag:b)and(tag:c)", "(tag:a or tag:b) and tag:c"},
      {"not not not tag:a", "not tag:a"},
      {"not (tag:a and not (not tag:b))", "not (tag:a and tag:b)"},
      {"EVERYONE AND NOT TAG:News", "everyone and not tag:News"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(canonical(text), expected) << text;
}

TEST(AudienceParserTest, CanonicalTextReadsAsTheSameValue) {
  size_t read = 0;
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    Prng prng(seed);
    const Expression expression = test::random_audience(prng, 1 + seed % 5);
    const std::string text = text_of(expression);
    if (text.size() > limits::audience_expression_bytes_max) continue;
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed.ok()) << "seed " << seed << ": " << text << ": " << parsed.status();
    ASSERT_EQ(*parsed, expression) << "seed " << seed << ": " << text;
    ASSERT_EQ(text_of(*parsed), text) << "seed " << seed;
    ++read;
  }
  EXPECT_GT(read, 2500u);
}

TEST(AudienceParserTest, ErrorsSayWhereAndWhatWasExpected) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "the audience expression is empty: say everyone to mean all devices"},
      {" \n", "the audience expression is empty: say everyone to mean all devices"},
      {"\xff", "the audience expression is not UTF-8"},
      {"tag:a and not )", "expected a term such as tag:news at byte 14, found \")\""},
      {"tag:a and", "expected a term such as tag:news at byte 9, found the end"},
      {"and tag:a", "expected a term such as tag:news at byte 0, found \"and\""},
      {"tga:a",
       "at byte 0: there is no term \"tga\": it is one of everyone, tag, alias, audience, region, "
       "platform, language, timezone, app_version, sdk_version, seen"},
      {"tag:a tag:b", "expected and, or or the end at byte 6, found \"tag\""},
      {"tag:a)", "expected and, or or the end at byte 5, found \")\""},
      {"tag:a\x01", "expected and, or or the end at byte 5, found byte 0x01"},
      {"tag:caf\xc3\xa9", "expected and, or or the end at byte 7, found \"\xc3\xa9\""},
      {"not (tag:a", "expected and, or or \")\" for the \"(\" of byte 4 at byte 10, found the end"},
      {"(tag:a \"b\")",
       "expected and, or or \")\" for the \"(\" of byte 0 at byte 7, found a quote"},
      {"tag", "expected \":\" after tag at byte 3, found the end"},
      {"tag!=a", "expected \":\" after tag at byte 3, found \"!\""},
      {"app_version 2",
       "expected one of : = != < <= > >= after app_version at byte 12, found \"2\""},
      {"tag:\"\"", "at byte 4: the tag is empty"},
      {"tag:)",
       "expected a value for tag (in quotes if it has other characters than A-Z a-z 0-9 _ . : / @ "
       "+ "
       "-) at byte 4, found \")\""},
      {"tag:\"a", "at byte 4: the quote that opens here is never closed"},
      {"tag:\"a\\", "at byte 4: the quote that opens here is never closed"},
      {"tag:\"a\\n\"", "at byte 6: in quotes, a backslash stands before a quote or a backslash"},
      {"seen>=30d", "expected \"<=\" or \":\" after seen at byte 4, found \">\""},
      {"seen=30d", "expected \"<=\" or \":\" after seen at byte 4, found \"=\""},
      {"seen<=30", "expected days such as 30d at byte 6, found \"30\""},
      {"seen<=4w", "expected days such as 30d at byte 6, found \"4w\""},
      {"seen<=3days", "expected days such as 30d at byte 6, found \"3days\""},
      {"seen<=d", "expected days such as 30d at byte 6, found \"d\""},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(canonical(text), message) << text;
    EXPECT_EQ(parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(AudienceParserTest, EveryBoundHasItsOwnText) {
  const std::string x64(64, 'x');
  EXPECT_EQ(canonical("tag:" + x64), "tag:" + x64);
  EXPECT_EQ(canonical("tag:" + x64 + "x"), "at byte 4: the tag is 65 bytes; at most 64");
  EXPECT_EQ(canonical("everyone or seen<=91d"), "at byte 18: seen looks back 1 to 90 days, not 91");
  EXPECT_EQ(canonical("seen:0d"), "at byte 5: seen looks back 1 to 90 days, not 0");
  EXPECT_EQ(canonical("seen:9999999999999d"),
            "expected days such as 30d at byte 5, found \"9999999999999d\"");

  EXPECT_EQ(canonical(repeated(32, "(") + "tag:a" + repeated(32, ")")), "tag:a");
  EXPECT_EQ(canonical(repeated(33, "(") + "tag:a" + repeated(33, ")")),
            "at byte 32: more than 32 parentheses and nots inside each other");
  EXPECT_EQ(canonical(repeated(32, "not ") + "tag:a"), "tag:a");
  EXPECT_EQ(canonical(repeated(33, "not ") + "tag:a"),
            "at byte 128: more than 32 parentheses and nots inside each other");
  EXPECT_EQ(canonical(repeated(40, "(tag:a) or ") + "not tag:b"),
            repeated(40, "tag:a or ") + "not tag:b")
      << "beside each other they do not count";

  const std::string terms = repeated(255, "tag:a or ");
  EXPECT_EQ(canonical(terms + "tag:b"), terms + "tag:b");
  EXPECT_EQ(
      canonical(terms + "tag:b or tag:c"),
      "at byte 2304: more than 256 terms; for a longer list, upload it as an audience and say "
      "audience:NAME");

  const std::string spaces(limits::audience_expression_bytes_max - 5, ' ');
  EXPECT_EQ(canonical("tag:a" + spaces), "tag:a");
  EXPECT_EQ(canonical("tag:a " + spaces), "the audience expression is 4097 bytes; at most 4096");

  const std::string tight =
      repeated(96, "(tag:a or tag:bcdefghijklmnopqrstuvwxy)and") + "(tag:abcdefghijkl)";
  ASSERT_LE(tight.size(), limits::audience_expression_bytes_max);
  EXPECT_EQ(canonical(tight),
            fmt::format("the audience expression in its canonical form is {} bytes; at most 4096",
                        tight.size() - 2 + 2 * 96));
}

}  // namespace
}  // namespace tocsin::audience
