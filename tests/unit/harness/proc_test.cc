#include "harness/proc.h"

#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/child_process.h"

namespace tocsin::bench {
namespace {

TEST(ProcTest, FindsALineAndNotItsNamesake) {
  const char* text = "SlabX:   1 kB\nSlab:      106444 kB\nRss:   bad kB\n";
  EXPECT_EQ(kilobytes_line(text, "Slab"), 106444u * 1024);
  EXPECT_EQ(kilobytes_line(text, "Rss"), std::nullopt);
  EXPECT_EQ(kilobytes_line("", "Slab"), std::nullopt);
}

TEST(ProcTest, SumsTheSocketCachesOnly) {
  const char* slabinfo =
      "slabinfo - version: 2.1\n"
      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n"
      "TCPv6                 10     20   2496   13    8 : tunables 0 0 0 : slabdata 1 1 0\n"
      "TCP                  100    113   2368   13    8 : tunables 0 0 0 : slabdata 1 1 0\n"
      "sock_inode_cache       5      7    832   19    4 : tunables 0 0 0 : slabdata 1 1 0\n"
      "kmalloc-4k           999    999   4096    8    8 : tunables 0 0 0 : slabdata 1 1 0\n";
  EXPECT_EQ(socket_slab_bytes(slabinfo), 10u * 2496 + 100u * 2368 + 5u * 832);
  EXPECT_EQ(socket_slab_bytes("slabinfo - version: 2.1\n"), std::nullopt);
}

TEST(ProcTest, SeesThisProcessGrowAndWork) {
  const auto before_bytes = resident_bytes_of(getpid());
  const auto before_ns = cpu_ns_of(getpid());
  ASSERT_TRUE(before_bytes.has_value());
  ASSERT_TRUE(before_ns.has_value());
  std::vector<char> touched(32 << 20, 1);
  EXPECT_GE(*resident_bytes_of(getpid()), *before_bytes + (touched.size() / 2));
  // The scheduler's count moves at its own pace.
  volatile uint64_t sum = 0;
  while (*cpu_ns_of(getpid()) == *before_ns) sum = sum + 1;
  EXPECT_GT(*cpu_ns_of(getpid()), *before_ns);
}

TEST(ProcTest, AProcessThatIsNotThereHasNothing) {
  EXPECT_FALSE(resident_bytes_of(-1).has_value());
  EXPECT_FALSE(cpu_ns_of(-1).has_value());
}

TEST(ParentIn, looks_behind_the_name_whatever_it_holds) {
  EXPECT_EQ(parent_in("123 (sh) S 45 123 123 0"), 45);
  EXPECT_EQ(parent_in("123 (a) S 9 (b) R 45 1"), 45);
  EXPECT_EQ(parent_in(""), 0);
  EXPECT_EQ(parent_in("123 (sh"), 0);
  EXPECT_EQ(parent_in("123 (sh) S"), 0);
}

TEST(ProcessTree, counts_children_in) {
  const uint64_t alone = proportional_bytes_of(process_tree(getpid())).value();
  auto child = ChildProcess::start({{"/bin/sleep", "60"}, ""});
  ASSERT_TRUE(child.ok()) << child.status().ToString();
  EXPECT_THAT(process_tree(getpid()), testing::Contains(child->pid()));
  EXPECT_GT(alone, 0u);
  EXPECT_GT(proportional_bytes_of({child->pid()}).value_or(0), 0u);
}

TEST(ProcessTree, sums_those_that_are_there) {
  auto child = ChildProcess::start({{"/bin/true"}, ""});
  ASSERT_TRUE(child.ok());
  const int pid = child->pid();
  child->end(5000);
  EXPECT_EQ(process_tree(pid), std::vector<int>{pid});
  EXPECT_FALSE(proportional_bytes_of({pid}).has_value());
  EXPECT_FALSE(cpu_ns_of(std::vector<int>{}).has_value());
  EXPECT_GT(cpu_ns_of({pid, getpid()}).value_or(0), 0u);
}

TEST(ProcTest, ThisMachineHasFacts) {
  const MachineFacts facts = machine_facts(0);
  EXPECT_GE(facts.cpus, 1u);
  EXPECT_GT(facts.local_ports, 0u);
  EXPECT_GT(facts.memory_bytes, 0u);
  EXPECT_EQ(facts.files_of_server, facts.files_per_process);
  EXPECT_EQ(machine_facts(getpid()).files_of_server, facts.files_per_process);
  EXPECT_TRUE(kernel_memory().has_value());
  EXPECT_FALSE(kernel_release().empty());
}

}  // namespace
}  // namespace tocsin::bench
