#include "cli/profile.h"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;

constexpr char sample[] = R"(# mine
server = "https://localhost:8443"
ca = "certs/ca.pem"   # beside this file
admin_key = "a\"b\\c"
later = "unknown"

[send_keys]
demo = "tsk_1"
"other-app" = "tsk_2"

[window]
server = "not this one"
)";

TEST(Profile, ReadsItsKeys) {
  const auto profile = parse_profile("/etc/t/cli.toml", sample);
  ASSERT_TRUE(profile.ok()) << profile.status().ToString();
  EXPECT_EQ(profile->server, "https://localhost:8443");
  EXPECT_EQ(profile->ca, "/etc/t/certs/ca.pem");
  EXPECT_EQ(profile->admin_key, "a\"b\\c");
  EXPECT_EQ(profile->send_keys,
            (std::map<std::string, std::string>{{"demo", "tsk_1"}, {"other-app", "tsk_2"}}));
}

TEST(Profile, AnAbsoluteCaStays) {
  EXPECT_EQ(parse_profile("x/cli.toml", "ca = \"/a/b\"")->ca, "/a/b");
  EXPECT_EQ(parse_profile("cli.toml", "ca = \"b\"")->ca, "b");
}

TEST(Profile, SaysWhichLineIsBroken) {
  for (const char* text : {"\nserver", "\nserver = x", "\nserver = \"x", "\nserver = \"x\" y",
                           "\n[send_keys", "\n= \"x\""}) {
    const auto profile = parse_profile("p", text);
    EXPECT_TRUE(absl::IsInvalidArgument(profile.status())) << text;
    EXPECT_THAT(profile.status().ToString(), HasSubstr("p:2: ")) << text;
  }
}

TEST(Profile, SaysWhichLineIsNoText) {
  for (const char* text :
       {"\nserver = 1", "\nca = []", "\nadmin_key = true", "[send_keys]\ndemo = 5",
        "\nsend_keys = \"x\"", "server = \"a\"\nserver = \"b\"", "\nadmin_key = \"\\q\""}) {
    const auto profile = parse_profile("p", text);
    EXPECT_TRUE(absl::IsInvalidArgument(profile.status())) << text;
    EXPECT_THAT(profile.status().ToString(), HasSubstr("p:2: ")) << text;
    EXPECT_THAT(profile.status().ToString(), HasSubstr("use KEY = \"VALUE\", [send_keys]")) << text;
  }
}

TEST(Profile, AddsASendKeyAndLeavesTheRest) {
  const std::string added = *with_send_key("p", sample, "new", "tsk_3");
  EXPECT_THAT(added, HasSubstr("\"other-app\" = \"tsk_2\"\nnew = \"tsk_3\"\n\n[window]"));
  EXPECT_THAT(added, HasSubstr("# beside this file"));
  EXPECT_EQ(parse_profile("p", added)->send_keys.at("new"), "tsk_3");
}

TEST(Profile, ReplacesASendKey) {
  const auto profile = parse_profile("p", *with_send_key("p", sample, "demo", "tsk_9"));
  EXPECT_EQ(profile->send_keys.at("demo"), "tsk_9");
  EXPECT_EQ(profile->send_keys.size(), 2u);
}

TEST(Profile, ReplacesASendKeyOfSeveralLines) {
  EXPECT_EQ(*with_send_key("p", "[send_keys]\na = '''x\ny'''\nb = \"z\" # mine\n", "a", "k"),
            "[send_keys]\na = \"k\"\nb = \"z\" # mine\n");
}

TEST(Profile, ASendKeyIsQuotedAsTomlWants) {
  const auto text = with_send_key("p", "# mine\n[send_keys] # theirs\n", "demo", "a\"b\\c\nd");
  ASSERT_TRUE(text.ok()) << text.status().ToString();
  EXPECT_THAT(*text, testing::StartsWith("# mine\n[send_keys] # theirs\ndemo = "));
  EXPECT_EQ(parse_profile("p", *text)->send_keys.at("demo"), "a\"b\\c\nd");
}

TEST(Profile, ATableInAnotherFormIsLeftAlone) {
  for (const char* text :
       {"send_keys = { demo = \"k\" }\n", "send_keys.demo = \"k\"\nserver = \"s\"\n",
        "[send_keys]\na = \"k\"; b = \"k\"\n", "send_keys = 5\n"}) {
    EXPECT_FALSE(with_send_key("p", text, "new", "k").ok()) << text;
  }
}

TEST(Profile, MakesTheTableWhenThereIsNone) {
  EXPECT_EQ(*with_send_key("p", "", "demo", "k"), "[send_keys]\ndemo = \"k\"\n");
  EXPECT_EQ(*with_send_key("p", "server = \"s\"\n", "demo", "k"),
            "server = \"s\"\n\n[send_keys]\ndemo = \"k\"\n");
}

TEST(Profile, NothingIsWrittenToWhatIsNoFile) {
  EXPECT_TRUE(absl::IsFailedPrecondition(add_send_key("/dev/null", "demo", "tsk_1")));
}

TEST(Profile, TheFileKeepsItsPermissions) {
  char folder[] = "/tmp/tocsin-profile-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/cli.toml";
  std::ofstream(path) << sample;
  const auto secret = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(path, secret);
  EXPECT_TRUE(add_send_key(path, "new", "tsk_3").ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(), secret);
  EXPECT_EQ(load_profile(path)->send_keys.at("new"), "tsk_3");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  EXPECT_TRUE(absl::IsNotFound(load_profile(path + "x").status()));
  EXPECT_FALSE(add_send_key(path + "x", "new", "tsk_3").ok());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tocsin::cli
