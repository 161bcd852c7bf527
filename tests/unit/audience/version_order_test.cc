#include "audience/version_order.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin::audience {
namespace {

TEST(VersionOrderTest, EachOfTheseComesBehindTheOnesBeforeIt) {
  const std::vector<std::string> rising = {"0",
                                           "0.0.1",
                                           "1",
                                           "1.0.1",
                                           "1.2",
                                           "1.9.9",
                                           "1.10",
                                           "1.b",
                                           "2",
                                           "2.0.1",
                                           "2.0-beta",
                                           "2.0-rc",
                                           "3",
                                           "10",
                                           "10.1",
                                           "99",
                                           "100",
                                           "4294967297.1",
                                           "99999999999999999999",
                                           "beta",
                                           "v2"};
  for (size_t i = 0; i < rising.size(); ++i) {
    for (size_t j = 0; j < rising.size(); ++j) {
      const auto order = compare_versions(rising[i], rising[j]);
      EXPECT_EQ(order < 0, i < j) << rising[i] << " and " << rising[j];
      EXPECT_EQ(order == 0, i == j) << rising[i] << " and " << rising[j];
    }
  }
}

TEST(VersionOrderTest, MissingEmptyAndPaddedPartsMeanTheSame) {
  const std::vector<std::string> same = {"2", "2.0", "2.0.0", "02", "2.", "2..0", "2.000"};
  for (const std::string& a : same) {
    for (const std::string& b : same) EXPECT_TRUE(compare_versions(a, b) == 0) << a << " and " << b;
  }
  EXPECT_TRUE(compare_versions("", "0.0") == 0);
  EXPECT_TRUE(compare_versions("", "0.1") < 0);
}

}  // namespace
}  // namespace tocsin::audience
