#include "harness/process_tree.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "harness/child_process.h"

namespace tocsin::harness {
namespace {

using ::testing::Contains;

TEST(ParentIn, looks_behind_the_name_whatever_it_holds) {
  EXPECT_EQ(parent_in("123 (sh) S 45 123 123 0"), 45);
  EXPECT_EQ(parent_in("123 (a) S 9 (b) R 45 1"), 45);
  EXPECT_EQ(parent_in(""), 0);
  EXPECT_EQ(parent_in("123 (sh"), 0);
  EXPECT_EQ(parent_in("123 (sh) S"), 0);
}

TEST(ProcessTree, counts_children_in) {
  const ProcessTree tree(getpid());
  const uint64_t alone = tree.memory_bytes().value();
  auto child = ChildProcess::start({{"/bin/sleep", "60"}, ""});
  ASSERT_TRUE(child.ok()) << child.status().ToString();
  EXPECT_THAT(tree.pids(), Contains(child->pid()));
  EXPECT_GT(alone, 0u);
  EXPECT_GT(ProcessTree(child->pid()).memory_bytes().value_or(0), 0u);
}

TEST(ProcessTree, counts_the_time_that_was_used) {
  const ProcessTree tree(getpid());
  const uint64_t before_ns = tree.cpu_ns().value();
  const uint64_t deadline_ms = monotonic_ms() + 5000;
  while (tree.cpu_ns().value() == before_ns && monotonic_ms() < deadline_ms) {
  }
  EXPECT_GT(tree.cpu_ns().value(), before_ns);
}

TEST(ProcessTree, knows_nothing_of_a_process_that_is_gone) {
  auto child = ChildProcess::start({{"/bin/true"}, ""});
  ASSERT_TRUE(child.ok());
  const int pid = child->pid();
  child->end(5000);
  EXPECT_FALSE(ProcessTree(pid).memory_bytes().has_value());
  EXPECT_FALSE(ProcessTree(pid).cpu_ns().has_value());
}

}  // namespace
}  // namespace tocsin::harness
