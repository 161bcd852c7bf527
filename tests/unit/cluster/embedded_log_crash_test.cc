// What a SIGKILL at the log's own fault points leaves behind: everything that was answered, and
// nothing broken.
#include <atomic>
#include <fstream>
#include <optional>
#include <set>
#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "cluster/embedded_log.h"

#include "tests/unit/cluster/await.h"
#include "tests/unit/cluster/temp_folder.h"

namespace tocsin::cluster {
namespace {

// Append from this thread until the fault point ends the process; note every answer in a file
// (write() survives SIGKILL).
[[noreturn]] void append_until_killed(const std::string& folder, const std::string& fault) {
  setenv("TOCSIN_FAULT", fault.c_str(), 1);
  auto log = EmbeddedLog::open(folder);
  if (!log.ok()) _exit(1);
  std::ofstream answered(folder + "/answered.txt", std::ios::app);
  for (int i = 0;; ++i) {
    const std::string record = std::to_string(i);
    const auto position = test::append_and_wait(**log, record);
    if (!position.ok()) _exit(2);
    answered << *position << ' ' << record << std::endl;
  }
}

class EmbeddedLogCrashTest : public testing::TestWithParam<const char*> {};

TEST_P(EmbeddedLogCrashTest, LosesNothingThatWasAnswered) {
  // The death test runs this body again in a process of its own, which must use the same folder.
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const char* inherited = getenv("TOCSIN_TEST_FOLDER");
  std::optional<test::TempFolder> own;
  if (inherited == nullptr) {
    own.emplace();
    setenv("TOCSIN_TEST_FOLDER", own->path().c_str(), 1);
  }
  const std::string folder = getenv("TOCSIN_TEST_FOLDER");
  EXPECT_EXIT(append_until_killed(folder, std::string(GetParam()) + ":20"),
              testing::KilledBySignal(SIGKILL), "");
  unsetenv("TOCSIN_TEST_FOLDER");

  auto log = EmbeddedLog::open(folder);
  ASSERT_TRUE(log.ok()) << log.status();
  std::set<std::pair<Position, std::string>> found;
  ASSERT_TRUE((*log)
                  ->subscribe(0,
                              [&](LogBatch batch) {
                                for (const auto& entry : *batch)
                                  found.emplace(entry.position, entry.record);
                              })
                  .ok());
  std::ifstream answered(folder + "/answered.txt");
  Position position;
  std::string record;
  int count = 0;
  for (; answered >> position >> record; ++count) {
    EXPECT_TRUE(found.contains({position, record})) << position;
  }
  EXPECT_EQ(count, 19) << "the 20th passage is the end";
  EXPECT_TRUE(test::append_and_wait(**log, "on").ok());
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, EmbeddedLogCrashTest,
                         testing::Values("log.before_write", "log.before_sync", "log.after_sync"),
                         [](const auto& info) {
                           std::string name = info.param;
                           return name.substr(name.find('.') + 1);
                         });

}  // namespace
}  // namespace tocsin::cluster
