#include "audience/expression.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace tocsin::audience {
namespace {

using Kind = Expression::Kind;

Expression tag(std::string name) {
  return Expression::of({.field = Field::tag, .text = std::move(name)});
}

Expression both(Expression a, Expression b) {
  return Expression::conjunction({std::move(a), std::move(b)});
}

Expression either(Expression a, Expression b) {
  return Expression::disjunction({std::move(a), std::move(b)});
}

Expression inverse(Expression a) { return Expression::negation(std::move(a)); }

TEST(AudienceExpressionTest, TheSameMeaningByNestingIsOneValue) {
  const Expression flat = Expression::conjunction({tag("a"), tag("b"), tag("c"), tag("d")});
  EXPECT_EQ(both(tag("a"), both(both(tag("b"), tag("c")), tag("d"))), flat);
  EXPECT_EQ(inverse(inverse(flat)), flat);
  EXPECT_EQ(Expression::disjunction({flat}), flat);
  EXPECT_EQ(flat.operands().size(), 4u);
  EXPECT_EQ(flat.terms(), 4u);
}

TEST(AudienceExpressionTest, WhatDiffersIsNotEqual) {
  EXPECT_FALSE(tag("a") == tag("b"));
  EXPECT_FALSE(tag("a") == inverse(tag("a")));
  EXPECT_FALSE(both(tag("a"), tag("b")) == either(tag("a"), tag("b")));
  EXPECT_FALSE(both(tag("a"), tag("b")) == both(tag("b"), tag("a"))) << "the order is kept";
}

TEST(AudienceExpressionTest, DepthIsOfNotsAndParentheses) {
  EXPECT_EQ(tag("a").depth(), 0u);
  EXPECT_EQ(either(both(tag("a"), tag("b")), tag("c")).depth(), 0u);
  EXPECT_EQ(both(either(tag("a"), tag("b")), tag("c")).depth(), 1u);
  EXPECT_EQ(inverse(tag("a")).depth(), 1u);
  EXPECT_EQ(inverse(both(tag("a"), tag("b"))).depth(), 2u);
  EXPECT_EQ(both(tag("a"), inverse(either(tag("b"), inverse(tag("c"))))).depth(), 3u);
}

TEST(AudienceExpressionTest, TermsStayWithinTheirBounds) {
  const auto bounds = [](Field field, std::string text, uint32_t days = 0) {
    return std::string(
        check_bounds({.field = field, .text = std::move(text), .days = days}).message());
  };
  EXPECT_EQ(bounds(Field::everyone, ""), "");
  EXPECT_EQ(bounds(Field::tag, std::string(limits::tag_bytes_max, 'x')), "");
  EXPECT_EQ(bounds(Field::tag, std::string(65, 'x')), "the tag is 65 bytes; at most 64");
  EXPECT_EQ(bounds(Field::tag, "\xff"), "the tag is not UTF-8");
  EXPECT_EQ(bounds(Field::alias, ""), "the alias is empty");
  EXPECT_EQ(bounds(Field::audience, std::string(65, 'x')),
            "the audience name is 65 bytes; at most 64");
  EXPECT_EQ(bounds(Field::region, std::string(20, 'x')), "");
  EXPECT_EQ(bounds(Field::region, std::string(21, 'x')), "the region cell is 21 bytes; at most 20");
  EXPECT_EQ(bounds(Field::sdk_version, std::string(65, '1')),
            "the SDK version is 65 bytes; at most 64");
  EXPECT_EQ(bounds(Field::seen, "", 1), "");
  EXPECT_EQ(bounds(Field::seen, "", 90), "");
  EXPECT_EQ(bounds(Field::seen, "", 0), "seen looks back 1 to 90 days, not 0");
  EXPECT_EQ(bounds(Field::seen, "", 91), "seen looks back 1 to 90 days, not 91");
}

TEST(AudienceExpressionTest, EveryFieldIsFoundByItsKeyword) {
  for (size_t i = 0; i < fields; ++i) {
    const auto field = static_cast<Field>(i);
    EXPECT_EQ(field_of(shape_of(field).keyword), field) << shape_of(field).keyword;
  }
  EXPECT_EQ(shape_of(Field::app_version).keyword, "app_version");
  EXPECT_EQ(field_of("TAG"), std::nullopt);
  EXPECT_EQ(field_of(""), std::nullopt);
}

}  // namespace
}  // namespace tocsin::audience
