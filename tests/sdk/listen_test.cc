// tocsin-listen, the program, against a real TLS server.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sdk/temporary_folder.h"
#include "tests/sdk/test_gateway.h"

extern char** environ;

namespace tocsin::sdk {
namespace {

using wire::FrameType;

constexpr char key_hex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

// A running tocsin-listen, its output in files.
class Listener {
 public:
  Listener(const TemporaryFolder& folder, const std::vector<std::string>& arguments)
      : folder_(folder) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, 1, folder.file("out").c_str(), flags, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, folder.file("err").c_str(), flags, 0600);
    std::vector<std::string> words = {"tocsin-listen"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    // Nothing of the one who runs the tests may decide: no profile of his, and UTC.
    std::vector<char*> environment;
    std::string zone = "TZ=UTC";
    environment.push_back(zone.data());
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text = *variable;
      if (!text.starts_with("TOCSIN_") && !text.starts_with("TZ="))
        environment.push_back(*variable);
    }
    environment.push_back(nullptr);
    TOCSIN_CHECK(
        posix_spawn(&pid_, TOCSIN_LISTEN, &actions, nullptr, argv.data(), environment.data()) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Listener() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    wait();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void signal(int number) const { kill(pid_, number); }
  // Exit status, or -1 when a signal ended it.
  int wait() {
    if (pid_ <= 0) return status_;
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return status_;
  }
  std::string out() const { return folder_.read("out"); }
  std::string err() const { return folder_.read("err"); }

 private:
  const TemporaryFolder& folder_;
  pid_t pid_ = -1;
  int status_ = -1;
};

class ListenTest : public testing::Test {
 protected:
  std::vector<std::string> options(std::vector<std::string> more) {
    std::vector<std::string> all = {"--server",
                                    gateway_.address(),
                                    "--ca",
                                    folder_.write("ca.pem", gateway_.ca_pem()),
                                    "--app",
                                    "demo",
                                    "--registration-key",
                                    key_hex,
                                    "--state",
                                    folder_.file("state")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static wire::Push push() {
    wire::Push push;
    push.message = MessageId{0xabc};
    push.priority = wire::Priority::high;
    push.sent_at_ms = 1'700'000'000'123;
    push.expires_at_ms = 0;
    push.title = "Say \"hi\"\\";
    push.body = "two\nlines \x1b[31m";
    push.data.push_back({"key", "välue"});
    return push;
  }

  TestGateway gateway_;
  TemporaryFolder folder_;
};

TEST_F(ListenTest, PrintsAPushForPeople) {
  Listener listener(folder_, options({"--once"}));
  const auto connection = gateway_.accept_live();
  ASSERT_NE(connection, nullptr);
  connection->say(push());
  connection->expect(FrameType::ack);
  EXPECT_EQ(listener.wait(), 0);
  EXPECT_EQ(listener.out(),
            "2023-11-14 22:13:20.123  HIGH  0000000000000abc\n"
            "  Say \"hi\"\\\n"
            "  two\n"
            "  lines ?[31m\n"
            "  key = välue\n"
            "\n");
}

TEST_F(ListenTest, PrintsAPushForPrograms) {
  Listener listener(folder_, options({"--once", "--json"}));
  const auto connection = gateway_.accept_live();
  ASSERT_NE(connection, nullptr);
  connection->say(push());
  EXPECT_EQ(listener.wait(), 0);
  EXPECT_EQ(listener.out(),
            "{\"messageId\":\"0000000000000abc\",\"priority\":\"HIGH\",\"sentAtMs\":1700000000123,"
            "\"expiresAtMs\":0,\"title\":\"Say \\\"hi\\\"\\\\\",\"body\":\"two\\u000alines "
            "\\u001b[31m\",\"data\":{\"key\":\"välue\"}}\n");
}

TEST_F(ListenTest, PrintsARecallAndWhatReplacesWhat) {
  for (const bool json : {false, true}) {
    Listener listener(folder_, json ? options({"--once", "--json"}) : options({"--once"}));
    const auto connection = gateway_.accept_live();
    ASSERT_NE(connection, nullptr);
    wire::Push recall;
    recall.message = MessageId{json ? 3u : 1u};
    recall.recalls = MessageId{0xdef};
    connection->say(recall);
    wire::Push replacing;
    replacing.message = MessageId{json ? 4u : 2u};
    replacing.sent_at_ms = 1'700'000'000'123;
    replacing.title = "2:1";
    replacing.collapse_key = "score";
    connection->say(replacing);
    EXPECT_EQ(listener.wait(), 0) << listener.err();
    EXPECT_EQ(listener.out(),
              json ? "{\"recalls\":\"0000000000000def\"}\n"
                     "{\"messageId\":\"0000000000000004\",\"priority\":\"NORMAL\","
                     "\"sentAtMs\":1700000000123,\"expiresAtMs\":0,\"collapseKey\":\"score\","
                     "\"title\":\"2:1\",\"body\":\"\",\"data\":{}}\n"
                   : "recalled  0000000000000def\n"
                     "\n"
                     "2023-11-14 22:13:20.123  NORMAL  0000000000000002\n"
                     "  2:1\n"
                     "  replaces what has the key score\n"
                     "\n");
  }
}

TEST_F(ListenTest, RegistersWithItsAttributes) {
  Listener listener(folder_, options({"--register-only", "--alias", "u-1", "--region", "wx4g0",
                                      "--language", "ja"}));
  const auto connection = gateway_.accept();
  ASSERT_NE(connection, nullptr);
  const auto first = connection->read();
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->type, FrameType::reg);
  wire::Register request;
  ASSERT_EQ(wire::decode(first->body, request), wire::Code::ok);
  EXPECT_EQ(request.alias, "u-1");
  EXPECT_EQ(request.region, "wx4g0");
  EXPECT_EQ(request.language, "ja");
}

TEST_F(ListenTest, RegistersOnlyAndSaysWhoItIs) {
  Listener listener(folder_, options({"--register-only", "--tag", "beta"}));
  EXPECT_NE(gateway_.accept_live(), nullptr);
  EXPECT_EQ(listener.wait(), 0) << listener.err();
  EXPECT_EQ(listener.out().size(), 33u) << listener.out();
  const std::string id = listener.out();
  Listener again(folder_, options({"--register-only"}));
  const auto connection = gateway_.accept();
  ASSERT_NE(connection, nullptr);
  connection->expect(FrameType::hello);
  connection->say(wire::Welcome{});
  EXPECT_EQ(again.wait(), 0);
  EXPECT_EQ(again.out(), id);
}

TEST_F(ListenTest, TakesWhatIsMissingFromTheProfile) {
  const std::string profile = folder_.write(
      "device.toml", "# a profile\n\ngateway = \"127.0.0.1:1\"\nca = \"" +
                         folder_.write("ca.pem", gateway_.ca_pem()) +
                         "\"\napp = \"demo\"  \nregistration_key=\"" + key_hex + "\"\nstate = \"" +
                         folder_.file("state") + "\"\nother = \"ignored\"\n");
  Listener listener(folder_, {"--profile", profile, "--server", gateway_.address(), "--once"});
  const auto connection = gateway_.accept_live();
  ASSERT_NE(connection, nullptr) << "the command line goes before the profile";
  connection->say(push());
  EXPECT_EQ(listener.wait(), 0);
}

TEST_F(ListenTest, SignalsEndItCleanly) {
  for (const int number : {SIGINT, SIGTERM}) {
    Listener listener(folder_, options({}));
    const auto connection = gateway_.accept_live();
    ASSERT_NE(connection, nullptr);
    // Its Ack proves that it is in its loop.
    connection->say(push());
    connection->expect(FrameType::ack);
    listener.signal(number);
    EXPECT_FALSE(connection->read().has_value());
    EXPECT_EQ(listener.wait(), 0);
  }
}

TEST_F(ListenTest, AnUnknownAppEndsItWithAHint) {
  Listener listener(folder_, options({}));
  const auto connection = gateway_.accept();
  ASSERT_NE(connection, nullptr);
  connection->expect(FrameType::reg);
  wire::Error error;
  error.reason = wire::Error::Reason::unknown_app;
  error.message = "no such app";
  connection->say(error);
  EXPECT_EQ(listener.wait(), 1);
  EXPECT_NE(listener.err().find("no such app"), std::string::npos) << listener.err();
  EXPECT_NE(listener.err().find("--registration-key"), std::string::npos) << listener.err();
}

TEST_F(ListenTest, MistakesEndItWithStatusTwo) {
  const auto mistake = [this](const std::vector<std::string>& arguments, const std::string& word) {
    Listener listener(folder_, arguments);
    EXPECT_EQ(listener.wait(), 2) << listener.err();
    EXPECT_NE(listener.err().find(word), std::string::npos) << listener.err();
  };
  mistake({"--no-such-option"}, "--help");
  mistake({"surplus"}, "surplus");
  mistake({"--server"}, "argument");
  mistake({"--profile", "/nonexistent"}, "/nonexistent");
  mistake({"--profile", folder_.write("bad.toml", "app demo\n")}, ":1:");
  mistake({"--profile", folder_.write("empty.toml", "")}, "--server");
  mistake(options({"--registration-key", "xyz"}), "64");
}

TEST_F(ListenTest, WhatCannotWorkIsToldAtOnce) {
  const auto failure = [this](const std::vector<std::string>& arguments, const std::string& word) {
    Listener listener(folder_, arguments);
    EXPECT_EQ(listener.wait(), 1) << listener.err();
    EXPECT_NE(listener.err().find(word), std::string::npos) << listener.err();
  };
  failure(options({"--ca", "/nonexistent"}), "/nonexistent");
  failure(options({"--tag", "no spaces"}), "tag");
  failure(options({"--region", "longer than twenty bytes"}), "attribute");
  failure(options({"--state", "/nonexistent/state"}), "/nonexistent/state");
  failure(options({"--state", folder_.write("damaged", "TCS?")}), "damaged");
}

TEST_F(ListenTest, HelpNamesEveryOption) {
  Listener listener(folder_, {"--help"});
  EXPECT_EQ(listener.wait(), 0);
  for (const std::string option :
       {"--server", "--ca", "--app", "--registration-key", "--state", "--tag", "--alias",
        "--region", "--language", "--once", "--register-only", "--json", "--profile"}) {
    EXPECT_NE(listener.out().find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace tocsin::sdk
