// The server binary's command line and configuration file.
#include <array>
#include <cstdio>
#include <fstream>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "harness/files.h"

#include "tests/e2e/test_server.h"

namespace tocsin::e2e {
namespace {

Outcome run(const std::string& arguments) {
  Outcome outcome;
  FILE* pipe = popen((std::string(TOCSIND) + " " + arguments + " 2>&1").c_str(), "r");
  std::array<char, 4096> chunk;
  while (fgets(chunk.data(), chunk.size(), pipe) != nullptr) outcome.output += chunk.data();
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

class ConfigurationTest : public testing::Test {
 protected:
  ConfigurationTest() : directory_(*bench::TempDir::create()) {}
  std::string file(const std::string& content) {
    const std::string path = directory_.path() + "/tocsind.toml";
    std::ofstream(path) << content;
    return path;
  }
  bench::TempDir directory_;
};

TEST_F(ConfigurationTest, AnUnknownKeyInTheFileIsRefusedByName) {
  const Outcome outcome = run("--config " + file("gatway_listen = \"127.0.0.1:0\"\n"));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.output.find("unknown key 'gatway_listen'"), std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find(directory_.path()), std::string::npos) << outcome.output;
}

TEST_F(ConfigurationTest, WhatIsNoAddressIsRefusedWithTheKey) {
  for (const std::string key :
       {"gateway_listen", "api_listen", "grpc_listen", "api_plain_listen"}) {
    const Outcome outcome = run("--" + key + " 8443");
    EXPECT_EQ(outcome.status, 2) << key;
    EXPECT_NE(outcome.output.find(key + ": "), std::string::npos) << outcome.output;
  }
  EXPECT_EQ(run("--api_listen off").status, 2);
  EXPECT_EQ(run("--api_listen 127.0.0.1:1 --grpc_listen 127.0.0.1:1").status, 2);
}

TEST_F(ConfigurationTest, AValueOutOfRangeIsRefusedWithTheKey) {
  const Outcome outcome = run("--config " + file("heartbeat_s = 5\n"));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.output.find("heartbeat_s"), std::string::npos) << outcome.output;
}

TEST_F(ConfigurationTest, AnUnknownFlagIsRefused) {
  const Outcome outcome = run("--gateway-port 7");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.output.find("gateway-port"), std::string::npos) << outcome.output;
}

TEST_F(ConfigurationTest, ACertificateWithoutItsKeyIsRefused) {
  const Outcome outcome = run("--tls_certificate /nonexistent.pem");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.output.find("tls_key"), std::string::npos) << outcome.output;
}

TEST_F(ConfigurationTest, AnAddressThatCannotBeHadIsNamed) {
  TestServer running;
  running.start();
  const std::string address = "127.0.0.1:" + std::to_string(running.api_port());
  const Outcome outcome = run("--data_dir " + directory_.path() + "/data --api_listen " + address +
                              " --gateway_listen 127.0.0.1:0 --grpc_listen=off");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find(address), std::string::npos) << outcome.output;
}

TEST_F(ConfigurationTest, ADataFolderInUseIsRefused) {
  TestServer running;
  running.start();
  const Outcome outcome = run("--data_dir " + running.folder() +
                              "/data --api_listen 127.0.0.1:0 --gateway_listen 127.0.0.1:0");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("another process"), std::string::npos) << outcome.output;
}

TEST_F(ConfigurationTest, WorkOnTheDataIsForTheCommandLineOnly) {
  const Outcome both = run("--check-store --restore-backup /nonexistent");
  EXPECT_EQ(both.status, 2);
  EXPECT_NE(both.output.find("--check-store"), std::string::npos) << both.output;
  EXPECT_EQ(run("--config " + file("check_store = true\n")).status, 2);
  const Outcome nothing = run("--check-store --data-dir " + directory_.path() + "/none");
  EXPECT_EQ(nothing.status, 2);
  EXPECT_NE(nothing.output.find("there is no log folder"), std::string::npos) << nothing.output;
}

TEST_F(ConfigurationTest, HelpAndVersionSucceed) {
  EXPECT_EQ(run("--help").status, 0);
  const Outcome version = run("--version");
  EXPECT_EQ(version.status, 0);
  EXPECT_NE(version.output.find("tocsind"), std::string::npos);
}

TEST_F(ConfigurationTest, TheSampleConfigurationIsAccepted) {
  TestServer server({"--config", SAMPLE_CONFIGURATION});
  server.start();
  EXPECT_TRUE(server.stop());
}

}  // namespace
}  // namespace tocsin::e2e
