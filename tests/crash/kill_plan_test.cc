#include "tests/crash/kill_plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tocsin::crash {
namespace {

std::set<std::string> fault_points_of_the_sources() {
  const std::regex call("pass_fault_point\\(\"([^\"]+)\"\\)");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(TOCSIN_SOURCES)) {
    if (file.path().extension() != ".cc") continue;
    std::ostringstream read;
    read << std::ifstream(file.path()).rdbuf();
    const std::string text = read.str();
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
      names.insert((*at)[1].str());
    }
  }
  return names;
}

TEST(KillPlanTest, KnowsEveryFaultPointOfTheSources) {
  const std::set<std::string> known(fault_points.begin(), fault_points.end());
  EXPECT_EQ(known, fault_points_of_the_sources()) << "a new one goes into kill_plan.h";
}

TEST(KillPlanTest, TwoHundredKillsMeetEveryPointAndEveryKind) {
  std::set<std::string> names;
  for (uint64_t k = 0; k < 200; ++k) names.insert(plan_kill(1, k).name());
  EXPECT_EQ(names.size(), fault_points.size() + 3);
}

TEST(KillPlanTest, IsTheSameForTheSameSeed) {
  for (uint64_t k = 0; k < 50; ++k) {
    EXPECT_EQ(plan_kill(5, k).name(), plan_kill(5, k).name());
    EXPECT_EQ(plan_kill(5, k).fault(), plan_kill(5, k).fault());
  }
  bool differs = false;
  for (uint64_t k = 0; k < 50; ++k) differs |= plan_kill(5, k).name() != plan_kill(6, k).name();
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace tocsin::crash
