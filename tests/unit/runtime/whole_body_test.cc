#include "runtime/http_server/whole_body.h"

#include <optional>

#include <gtest/gtest.h>

namespace tocsin::runtime {
namespace {

TEST(WholeBody, GivesTheBodyOnceAtItsEnd) {
  std::optional<std::string> given;
  WholeBody body(10, [&](std::string text) { given = std::move(text); });
  EXPECT_TRUE(body.on_piece("hello "));
  EXPECT_TRUE(body.on_piece("you"));
  EXPECT_EQ(body.held_bytes(), 9u);
  EXPECT_EQ(given, std::nullopt);
  body.on_end();
  EXPECT_EQ(given, "hello you");
  EXPECT_EQ(body.held_bytes(), 0u);
  given.reset();
  body.on_end();
  EXPECT_EQ(given, std::nullopt);
}

TEST(WholeBody, HoldsNoMoreThanItsBoundAndCutsNothingShort) {
  bool called = false;
  WholeBody body(10, [&](const std::string&) { called = true; });
  EXPECT_EQ(body.bytes_max(), 10u);
  body.on_piece("0123456789");
  body.on_piece("x");
  EXPECT_EQ(body.held_bytes(), 10u);
  body.on_end();
  EXPECT_FALSE(called);
}

TEST(WholeBody, MayBeEmpty) {
  std::optional<std::string> given;
  WholeBody body(10, [&](std::string text) { given = std::move(text); });
  body.on_end();
  EXPECT_EQ(given, "");
}

}  // namespace
}  // namespace tocsin::runtime
