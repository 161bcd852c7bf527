// The commands against a real server.
#include "cli/run.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_code.h"
#include "cli/profile.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/push.pb.h"

#include "tests/unit/cli/run_fixture.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RunTest, CreatesAnAppAndKeepsItsKey) {
  ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("tsk_"));
  EXPECT_THAT(out_, HasSubstr("registration key"));
  EXPECT_THAT(err_, HasSubstr("The send key was added to " + profile_));
  const auto profile = load_profile(profile_);
  EXPECT_THAT(out_, HasSubstr(profile->send_keys.at("demo")));

  ASSERT_EQ(run({"app", "list"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("APP   DEVICES  CREATED\ndemo        0  20"));
  EXPECT_EQ(run({"app", "create", "demo"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("tocsin: ALREADY_EXISTS: "));
}

TEST_F(RunTest, SendsWithTheSendKeyAlone) {
  ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_;
  const std::string key = load_profile(profile_)->send_keys.at("demo");
  write_profile(fmt::format("server = \"{}\"\nca = \"ca.pem\"\n[send_keys]\ndemo = \"{}\"\n",
                            at_.server(), key));
  ASSERT_EQ(run({"send", "--app", "demo", "--tag", "news", "--title", "T", "--data", "k=v", "--ttl",
                 "1m", "--priority", "high"}),
            ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, HasSubstr("Accepted 0"));
  at_.await_casts(1);
  EXPECT_EQ(at_.casts()[0].tag, "news");
  EXPECT_EQ(at_.casts()[0].envelope->priority, wire::Priority::high);
  EXPECT_EQ(run({"status"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("no admin key"));
  EXPECT_EQ(run({"send", "--app", "other", "--everyone", "--title", "T"}), ExitCode::usage);
  EXPECT_EQ(run({"send", "--app", "other", "--everyone", "--title", "T", "--key", key}),
            ExitCode::refused);
}

TEST_F(RunTest, WaitsUntilNobodyIsPending) {
  ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_;
  ASSERT_EQ(run({"send", "--app", "demo", "--everyone", "--title", "T", "--wait"}, true),
            ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, HasSubstr("targeted"));
  EXPECT_THAT(err_, HasSubstr("0 of 0 delivered, 0 pending"));
}

TEST_F(RunTest, TellsWhoIsStillPending) {
  ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_;
  const DeviceId device{{7}};
  at_.register_device(1, device);
  ASSERT_EQ(run({"send", "--app", "demo", "--device", device.text(), "--title", "T", "--wait",
                 "--timeout", "0s"}),
            ExitCode::pending)
      << out_ << err_;
  EXPECT_THAT(out_, HasSubstr("  pending"));
  EXPECT_THAT(err_, HasSubstr("look later with: tocsin report --app demo 0"));
  EXPECT_THAT(err_, Not(HasSubstr("\r")));
}

TEST_F(RunTest, ReportsInBothForms) {
  ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_;
  ASSERT_EQ(run({"send", "--app", "demo", "--everyone", "--body", "B", "--json"}), ExitCode::ok);
  v1::SendResponse sent;
  ASSERT_TRUE(parse_answer(out_, sent)) << out_;
  ASSERT_EQ(run({"report", "--app", "demo", sent.message_id(), "--watch"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("message      " + sent.message_id()));
  ASSERT_EQ(run({"report", "--app", "demo", sent.message_id(), "--json"}), ExitCode::ok);
  v1::MessageReport report;
  EXPECT_TRUE(parse_answer(out_, report)) << out_;
  EXPECT_EQ(run({"report", "--app", "demo", "0000000000000001"}), ExitCode::refused);
  EXPECT_EQ(run({"report", "--app", "demo", "a b"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("16 hexadecimal digits"));
}

TEST_F(RunTest, StatusInBothForms) {
  ASSERT_EQ(run({"status"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("version               1.2.3"));
  ASSERT_EQ(run({"status", "--json"}), ExitCode::ok);
  v1::ServerStatus status;
  EXPECT_TRUE(parse_answer(out_, status));
  EXPECT_EQ(status.connections(), 3u);
}

TEST_F(RunTest, MakesABackup) {
  ASSERT_EQ(run({"app", "create", "demo"}), ExitCode::ok) << err_;
  ASSERT_EQ(run({"backup"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("folder        " + at_.folder() + "/backups/20"));
  EXPECT_THAT(out_, HasSubstr("log position  "));
  ASSERT_EQ(run({"backup", "--json"}), ExitCode::ok) << err_;
  v1::Backup backup;
  ASSERT_TRUE(parse_answer(out_, backup)) << out_;
  EXPECT_EQ(backup.log_position(), 1u);
  EXPECT_TRUE(std::filesystem::exists(backup.folder() + "/store/CURRENT"));
  EXPECT_TRUE(std::filesystem::exists(backup.folder() + "/log"));
  EXPECT_EQ(run({"backup", "--key", "guess"}), ExitCode::refused);
}

TEST_F(RunTest, ErrorsOfTheServerAreShown) {
  EXPECT_EQ(run({"app", "create", "Demo"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("tocsin: INVALID_ARGUMENT: app: a name is"));
  EXPECT_EQ(run({"app", "create", "Demo", "--json"}), ExitCode::refused);
  EXPECT_THAT(out_, HasSubstr("\"code\":400"));
  EXPECT_EQ(run({"status", "--key", "guess"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("UNAUTHENTICATED"));
}

TEST_F(RunTest, WithoutAServerItSaysWhy) {
  EXPECT_EQ(run({"status", "--server", "https://127.0.0.1:1"}), ExitCode::unreachable);
  EXPECT_THAT(err_, HasSubstr("is tocsind running there?"));
  EXPECT_EQ(run({"status", "--server", "http://127.0.0.1:1"}), ExitCode::usage);
  EXPECT_EQ(run({"status", "--ca", "/nowhere"}), ExitCode::usage);
  write_profile("nonsense");
  EXPECT_EQ(run({"status"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr(profile_ + ":1: "));
}

TEST_F(RunTest, AStrangeServerIsNotTrusted) {
  std::ofstream(at_.folder() + "/ca.pem") << test::https_identity().certificate_chain_pem;
  EXPECT_EQ(run({"status"}), ExitCode::unreachable);
  EXPECT_THAT(err_, HasSubstr("is not trusted"));
}

TEST_F(RunTest, TheEnvironmentTakesPartToo) {
  setenv("TOCSIN_KEY", "guess", 1);
  EXPECT_EQ(run({"status"}), ExitCode::refused);
  unsetenv("TOCSIN_KEY");
  EXPECT_EQ(run({"completion", "bash"}), ExitCode::ok);
  EXPECT_THAT(out_, HasSubstr("complete -F _tocsin tocsin"));
}

}  // namespace
}  // namespace tocsin::cli
