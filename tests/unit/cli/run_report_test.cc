// Commands that follow and add up messages, and lists of ids out of files, against a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/reports.pb.h"

#include "tests/support/acknowledge.h"
#include "tests/unit/cli/run_fixture.h"

namespace tocsin::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class RunReportTest : public RunTest {
 protected:
  // A message to two devices, one of which has it.
  std::string send() {
    create_app();
    for (const uint8_t first : {1, 2}) at_.register_device(1, DeviceId{{first}}, "a");
    const auto sent = run_json<v1::SendResponse>(
        {"send", "--app", "demo", "--tag", "a", "--title", "T", "--label", "news"});
    at_.await_applied();
    acknowledge(at_, sent.message_id(), {DeviceId{{1}}});
    return sent.message_id();
  }

  std::string file_of(const std::string& text) {
    const std::string path = at_.folder() + "/ids.txt";
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(RunReportTest, WatchEndsWhenNobodyIsPending) {
  const std::string message = send();
  acknowledge(at_, message, {DeviceId{{2}}});
  ASSERT_EQ(run({"watch", "--app", "demo", message}), ExitCode::ok) << err_;
  EXPECT_EQ(out_, "2 of 2 delivered, 0 pending\n");
  ASSERT_EQ(run({"watch", "--app", "demo", message}, /*terminal=*/true), ExitCode::ok) << err_;
  EXPECT_THAT(err_, HasSubstr("[####################] 100 %  2 of 2 delivered, 0 pending"));
  EXPECT_THAT(out_, ContainsRegex("  delivered +2\n"));
  EXPECT_EQ(run_json<v1::MessageReport>({"watch", "--app", "demo", message}).delivered(), 2u);
  EXPECT_EQ(run({"watch", "--app", "demo", "0000000000000001"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("NOT_FOUND"));
}

TEST_F(RunReportTest, WatchFollowsUntilTheEnd) {
  const std::string message = send();
  std::thread second([&] { acknowledge(at_, message, {DeviceId{{2}}}); });
  ASSERT_EQ(run({"watch", "--app", "demo", message}), ExitCode::ok) << err_;
  second.join();
  EXPECT_THAT(out_, EndsWith("2 of 2 delivered, 0 pending\n"));
}

TEST_F(RunReportTest, AWatchThatTheServerEndsIsToldAsAnError) {
  const std::string message = send();
  std::thread ending([this] { at_.stop_dispatcher(); });
  EXPECT_NE(run({"watch", "--app", "demo", message}), ExitCode::ok);
  EXPECT_THAT(err_, HasSubstr("tocsin: "));
  ending.join();
}

TEST_F(RunReportTest, SendCanWatch) {
  create_app();
  ASSERT_EQ(run({"send", "--app", "demo", "--everyone", "--title", "T", "--watch"}), ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, EndsWith("0 of 0 delivered, 0 pending\n"));
}

TEST_F(RunReportTest, TotalsAddUp) {
  send();
  ASSERT_EQ(run({"totals", "--app", "demo", "--label", "news", "--from", "1h"}), ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, ContainsRegex("messages +1\n"));
  EXPECT_THAT(out_, ContainsRegex("  delivered +1\n"));
  EXPECT_THAT(out_, ContainsRegex("  p100 +128 ms\n"));
  const auto past = run_json<v1::Totals>({"totals", "--app", "demo", "--until", "1h"});
  EXPECT_EQ(past.messages(), 0u);
  EXPECT_EQ(run({"totals", "--app", "demo", "--from", "soon"}), ExitCode::usage);
}

TEST_F(RunReportTest, SeriesHaveALineOfBars) {
  send();
  ASSERT_EQ(run({"series", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("BEGIN"));
  EXPECT_THAT(out_, HasSubstr("delivered  "));
  EXPECT_THAT(out_, HasSubstr("█"));
  const auto hours = run_json<v1::Series>({"series", "--app", "demo", "--hourly"});
  ASSERT_GE(hours.points_size(), 1);
  ASSERT_EQ(run({"series", "--app", "demo", "--from", "2d", "--until", "1d"}), ExitCode::ok);
  EXPECT_EQ(out_, "Nothing happened in that time.\n");
}

TEST_F(RunReportTest, AnAudienceIsDeleted) {
  create_app();
  at_.register_device(1, DeviceId{{1}});
  ASSERT_EQ(run({"audience", "change", "--app", "demo", "beta", "--add", DeviceId{{1}}.text()}),
            ExitCode::ok)
      << err_;
  ASSERT_EQ(run({"audience", "delete", "--app", "demo", "beta"}), ExitCode::ok) << err_;
  EXPECT_EQ(out_, "Audience beta deleted.\n");
  ASSERT_EQ(run({"audience", "list", "--app", "demo"}), ExitCode::ok);
  EXPECT_EQ(out_, "");
  EXPECT_EQ(run({"audience", "delete", "--app", "demo", "beta"}), ExitCode::refused);
}

TEST_F(RunReportTest, SendsToTheIdsOfAFile) {
  create_app();
  std::string ids;
  for (uint8_t i = 1; i <= 3; ++i) {
    at_.register_device(1, DeviceId{{i}});
    ids += DeviceId{{i}}.text() + "\n";
  }
  for (int i = 0; i < 5000; ++i) ids += fmt::format("ff{:030x}\r\n\n", i);
  ASSERT_EQ(run({"send", "--app", "demo", "--to-file", file_of(ids), "--title", "T"}, true),
            ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, HasSubstr("Accepted "));
  EXPECT_THAT(err_, HasSubstr("[####################] 100 %  5003 device ids"));
  const std::string message = out_.substr(9, 16);
  at_.await_applied();
  const auto report = run_json<v1::MessageReport>({"report", "--app", "demo", message});
  EXPECT_EQ(report.targeted(), 3u);

  in_ = DeviceId{{2}}.text();
  ASSERT_EQ(run({"send", "--app", "demo", "--to-file", "-", "--title", "T"}), ExitCode::ok) << err_;
}

TEST_F(RunReportTest, AFileWithALineThatIsNoIdSendsNothing) {
  create_app();
  const std::string path = file_of(DeviceId{{1}}.text() + "\nnobody\n");
  EXPECT_EQ(run({"send", "--app", "demo", "--to-file", path, "--title", "T"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("line 2 of " + path + " is not a device id"));
  EXPECT_EQ(run({"send", "--app", "demo", "--to-file", "/nowhere", "--title", "T"}),
            ExitCode::usage);
  EXPECT_EQ(run({"send", "--app", "demo", "--to-file", file_of("\n"), "--title", "T"}),
            ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("give at least one id"));
  EXPECT_TRUE(at_.casts().empty());
}

// The server answers when it has seen the head, and hardly reads on.
TEST_F(RunReportTest, ARefusalIsShownHoweverLargeTheFile) {
  std::string ids;
  for (int i = 0; i < 300'000; ++i) ids += fmt::format("ff{:030x}\n", i);
  for (const bool is_terminal : {false, true}) {
    EXPECT_EQ(
        run({"send", "--app", "none", "--to-file", file_of(ids), "--title", "T"}, is_terminal),
        ExitCode::refused);
    EXPECT_THAT(err_, HasSubstr("there is no app of this name"));
    const size_t bar = err_.rfind('%');
    const size_t erased = err_.rfind("\r\x1b[K");
    EXPECT_TRUE(bar == std::string::npos || (erased != std::string::npos && erased > bar)) << err_;
  }
}

}  // namespace
}  // namespace tocsin::cli
