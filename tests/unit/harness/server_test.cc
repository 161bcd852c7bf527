#include "harness/server.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"

namespace tocsin::bench {
namespace {

using testing::HasSubstr;

constexpr uint64_t patience_ms = 10'000;

const StopSignal& stop_signal() {
  static const StopSignal stop;
  return stop;
}

// An executable shell script below `folder`.
std::string script(const std::string& folder, const std::string& name, const std::string& text) {
  const std::string path = folder + "/" + name;
  std::ofstream(path) << "#!/bin/sh\n" << text;
  chmod(path.c_str(), 0700);
  return path;
}

TEST(ChildProcessTest, AProgramThatIsNotThereIsAnError) {
  const auto child = ChildProcess::start({{"/nonexistent/tocsind"}, ""});
  ASSERT_FALSE(child.ok());
  EXPECT_EQ(child.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(child.status().message()), HasSubstr("/nonexistent/tocsind"));
}

TEST(ChildProcessTest, EndsWithSigtermAndTellsHow) {
  auto child = ChildProcess::start({{"/bin/sleep", "60"}, ""});
  ASSERT_TRUE(child.ok());
  EXPECT_TRUE(child->is_running());
  EXPECT_FALSE(child->end(static_cast<int>(patience_ms)));
  EXPECT_EQ(child->how_it_ended(), "signal 15");
  EXPECT_FALSE(child->is_running());
}

TEST(ChildProcessTest, KillsWhatDoesNotListen) {
  const TempDir folder = *TempDir::create();
  const std::string up = folder.path() + "/up";
  auto child = ChildProcess::start(
      {{"/bin/sh", "-c", "trap '' TERM; : > " + up + "; while :; do sleep 0.1; done"}, ""});
  ASSERT_TRUE(child.ok());
  const uint64_t deadline_ms = monotonic_ms() + patience_ms;
  while (!std::filesystem::exists(up) && monotonic_ms() < deadline_ms) poll(nullptr, 0, 5);
  EXPECT_FALSE(child->end(50));
  EXPECT_EQ(child->how_it_ended(), "signal 9");
}

TEST(ChildProcessTest, ExitCodeZeroIsAGoodEnd) {
  auto child = ChildProcess::start({{"/bin/true"}, ""});
  ASSERT_TRUE(child.ok());
  const uint64_t deadline_ms = monotonic_ms() + patience_ms;
  while (child->is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, 5);
  EXPECT_TRUE(child->end(0));
  EXPECT_EQ(child->how_it_ended(), "exit code 0");
}

TEST(ChildProcessTest, ACopyOfThisProcessKeepsOnlyTheDescriptorsItIsGiven) {
  int kept[2];
  int other[2];
  ASSERT_EQ(pipe(kept), 0);
  ASSERT_EQ(pipe(other), 0);
  auto child = ChildProcess::fork_off({kept[1]}, [&] {
    const bool is_closed = fcntl(other[1], F_GETFD) < 0 && fcntl(kept[0], F_GETFD) < 0;
    return write(kept[1], is_closed ? "y" : "n", 1) == 1 ? 7 : 8;
  });
  ASSERT_TRUE(child.ok());
  char answer = 0;
  ASSERT_EQ(read(kept[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const uint64_t deadline_ms = monotonic_ms() + patience_ms;
  while (child->is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, 5);
  EXPECT_EQ(child->how_it_ended(), "exit code 7");
  for (const int fd : {kept[0], kept[1], other[0], other[1]}) close(fd);
}

TEST(OutputOfTest, JoinsTheLinesOfAProgramThatEndsWell) {
  EXPECT_EQ(*output_of({"/bin/echo", "one\ntwo"}, " + "), "one + two");
  EXPECT_THAT(output_of({"/bin/sh", "-c", "exit 3"}, "").status().ToString(),
              HasSubstr("exit code 3"));
}

TEST(TempDirTest, IsRemovedUnlessKept) {
  std::string gone;
  std::string kept;
  {
    TempDir first = *TempDir::create();
    gone = first.path();
    std::ofstream(gone + "/file") << "x";
    TempDir second = *TempDir::create();
    kept = second.path();
    second.keep();
    const TempDir moved = std::move(first);
    EXPECT_TRUE(std::filesystem::exists(gone + "/file"));
  }
  EXPECT_FALSE(std::filesystem::exists(gone));
  EXPECT_TRUE(std::filesystem::exists(kept));
  std::filesystem::remove_all(kept);
}

TEST(ReadyFileTest, ReadsWhatTocsindWrites) {
  const auto ready = parse_ready(
      R"({"pid":12,"gateway_port":7443,"api_port":8443,"admin_key_file":"a","ca_file":"c"})");
  ASSERT_TRUE(ready.ok()) << ready.status().ToString();
  EXPECT_EQ(ready->pid, 12);
  EXPECT_EQ(ready->gateway_port, 7443);
  EXPECT_EQ(ready->api_port, 8443);
  EXPECT_EQ(ready->admin_key_file, "a");
  EXPECT_EQ(ready->ca_file, "c");
}

TEST(ReadyFileTest, RefusesHalfAFileAndBadPorts) {
  EXPECT_FALSE(parse_ready("").ok());
  EXPECT_FALSE(parse_ready(R"({"pid":12,"gateway)").ok());
  EXPECT_FALSE(parse_ready(R"({"pid":12})").ok());
  const auto port = parse_ready(
      R"({"pid":1,"gateway_port":70000,"api_port":1,"admin_key_file":"a","ca_file":"c"})");
  EXPECT_THAT(std::string(port.status().message()), HasSubstr("gateway_port"));
}

TEST(ServerProcessTest, AServerThatEndsAtOnceIsReportedWithItsLog) {
  const TempDir folder = *TempDir::create();
  const std::string path = script(folder.path(), "broken", "echo no disk today >&2; exit 3\n");
  const auto server = ServerProcess::start({path}, stop_signal());
  ASSERT_FALSE(server.ok());
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("exit code 3"));
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("no disk today"));
}

TEST(ServerProcessTest, IsStartedWithItsOwnDirectoryAndEndedInOrder) {
  const TempDir folder = *TempDir::create();
  // Arguments: --data_dir D --gateway_listen A --api_listen A --grpc_listen=off --ready_file F, and
  // what we add.
  const std::string path = script(folder.path(), "server",
                                  "trap 'exit 0' TERM\n"
                                  "echo \"${10}\" > " +
                                      folder.path() +
                                      "/tenth\n"
                                      "echo '{\"pid\":'$$',\"gateway_port\":1,\"api_port\":2,"
                                      "\"admin_key_file\":\"a\",\"ca_file\":\"c\"}' > \"$9\"\n"
                                      "while :; do sleep 0.05; done\n");
  std::string directory;
  int pid = 0;
  {
    auto server = ServerProcess::start({path, {"--more"}}, stop_signal());
    ASSERT_TRUE(server.ok()) << server.status().ToString();
    directory = server->directory();
    pid = server->ready().pid;
    EXPECT_TRUE(server->check().ok());
    EXPECT_EQ(kill(pid, 0), 0);
    std::string tenth;
    std::ifstream(folder.path() + "/tenth") >> tenth;
    EXPECT_EQ(tenth, "--more");
  }
  EXPECT_NE(kill(pid, 0), 0);
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(GatewayTest, TakesHostAndPortApart) {
  const auto gateway = parse_gateway("127.0.0.1:7443");
  ASSERT_TRUE(gateway.ok()) << gateway.status().ToString();
  EXPECT_EQ(gateway->name, "127.0.0.1");
  EXPECT_EQ(gateway->address, "127.0.0.1");
  EXPECT_EQ(gateway->port, 7443);
  EXPECT_TRUE(gateway->is_loopback());
  const auto named = parse_gateway("localhost:1");
  ASSERT_TRUE(named.ok()) << named.status().ToString();
  EXPECT_EQ(named->name, "localhost");
  EXPECT_TRUE(named->is_loopback());
  EXPECT_FALSE(parse_gateway("192.0.2.1:7443")->is_loopback());
  for (const char* bad :
       {"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", ":1", "a:1x"}) {
    EXPECT_FALSE(parse_gateway(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace tocsin::bench
