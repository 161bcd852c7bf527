#include "cli/table.h"

#include <gtest/gtest.h>

namespace tocsin::cli {
namespace {

TEST(Table, NumbersAreToTheRightAndIdsToTheLeft) {
  EXPECT_EQ(table({{"NAME", "N"}, {"a", "7"}, {"012", "1234"}, {"b", ""}}),
            "NAME  N\na        7\n012   1234\nb\n");
}

TEST(Table, OtherPeoplesTextsGiveNoOrdersToTheTerminal) {
  EXPECT_EQ(table({{"a\x1b[31m\nb\x7f",
                    "\xc2\x9b"
                    "1mé"}}),
            "a?[31m?b?  ?1mé\n");
}

}  // namespace
}  // namespace tocsin::cli
