#include "runtime/http_server/gunzip.h"

#include <gtest/gtest.h>

#include "base/prng.h"

#include "tests/support/gzip.h"

namespace tocsin::runtime {
namespace {

using Step = Gunzip::Step;

std::string some_text(size_t bytes) {
  Prng prng(7);
  std::string text;
  while (text.size() < bytes) text += std::string(1 + prng.below(40), 'a' + char(prng.below(20)));
  text.resize(bytes);
  return text;
}

TEST(Gunzip, UnpacksWhateverThePiecesAre) {
  const std::string text = some_text(100'000);
  const std::string packed = test::gzip(text);
  for (const size_t in : {1, 7, 1000, 1'000'000}) {
    for (const size_t wanted : {1, 100, 200'000}) {
      Gunzip gunzip(text.size());
      std::string out;
      for (size_t at = 0; at < packed.size(); at += in) {
        std::string_view piece = std::string_view(packed).substr(at, in);
        while (!piece.empty() || gunzip.has_more()) {
          const size_t before = out.size();
          ASSERT_EQ(gunzip.unpack(piece, out, wanted), Step::ok);
          ASSERT_LE(out.size() - before, wanted);
        }
      }
      EXPECT_TRUE(gunzip.is_complete());
      EXPECT_EQ(out == text, true) << in << " " << wanted;
    }
  }
}

TEST(Gunzip, MembersFollowEachOther) {
  std::string out;
  EXPECT_EQ(gunzip(test::gzip("one ") + test::gzip("") + test::gzip("two"), 100, out), Step::ok);
  EXPECT_EQ(out, "one two");
}

TEST(Gunzip, StopsAtItsBound) {
  const std::string bomb = test::gzip(std::string(10'000'000, 'x'));
  std::string out;
  EXPECT_EQ(gunzip(bomb, 65'536, out), Step::too_large);
  EXPECT_LE(out.size(), 65'537u);
  out.clear();
  const std::string text(65'536, 'x');
  EXPECT_EQ(gunzip(test::gzip(text), text.size(), out), Step::ok);
  EXPECT_EQ(out.size(), text.size());
  out.clear();
  EXPECT_EQ(gunzip(test::gzip(text), text.size() - 1, out), Step::too_large);
  out.clear();
  EXPECT_EQ(gunzip(test::gzip("x"), 0, out), Step::too_large);
}

TEST(Gunzip, WhatIsDamagedIsBroken) {
  const std::string packed = test::gzip("some text, some text");
  std::string out;
  EXPECT_EQ(gunzip("", 100, out), Step::broken);
  EXPECT_EQ(gunzip("no gzip at all", 100, out), Step::broken);
  for (size_t bytes = 1; bytes < packed.size(); ++bytes) {
    EXPECT_EQ(gunzip(packed.substr(0, bytes), 100, out), Step::broken) << bytes;
  }
  std::string flipped = packed;
  flipped[flipped.size() - 6] ^= 1;  // of the check sum
  EXPECT_EQ(gunzip(flipped, 100, out), Step::broken);
  EXPECT_EQ(gunzip(packed + "tail", 100, out), Step::broken);
}

}  // namespace
}  // namespace tocsin::runtime
