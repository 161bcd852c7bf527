// Commands about devices, an app's settings and its keys against a real server.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/devices.pb.h"

#include "tests/unit/cli/run_fixture.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RunTest, ShowsADevice) {
  create_app();
  const DeviceId device{{1}};
  at_.register_device(1, device, "news");
  ASSERT_EQ(run({"device", "update", "--app", "demo", device.text(), "--alias", "ada", "--platform",
                 "ios"}),
            ExitCode::ok)
      << err_;
  at_.await_applied();
  ASSERT_EQ(run({"device", "show", "--app", "demo", device.text()}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("device       " + device.text()));
  EXPECT_THAT(out_, HasSubstr("alias        ada\ntags         news\nplatform     ios\n"));
  EXPECT_EQ(run_json<v1::Device>({"device", "show", "--app", "demo", device.text()}).alias(),
            "ada");
  EXPECT_EQ(run({"device", "show", "--app", "demo", DeviceId{{9}}.text()}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("NOT_FOUND"));
}

TEST_F(RunTest, ListsDevicesPageByPage) {
  create_app();
  for (uint8_t i = 0; i < 130; ++i) at_.register_device(1, DeviceId{{i, 1}}, i < 3 ? "few" : "");
  ASSERT_EQ(run({"device", "list", "--app", "demo", "--audience", "tag:few"}), ExitCode::ok);
  EXPECT_THAT(out_, ::testing::StartsWith("DEVICE"));
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 4) << out_;
  EXPECT_EQ(err_, "");
  ASSERT_EQ(run({"device", "list", "--app", "demo"}), ExitCode::ok);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 101);
  EXPECT_THAT(err_, HasSubstr("--all lists them"));
  ASSERT_EQ(run({"device", "list", "--app", "demo", "--all", "--json"}, true), ExitCode::ok);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 130);
  EXPECT_THAT(err_, HasSubstr("\r130 so far\x1b[K\r\x1b[K"));
  v1::Device device;
  EXPECT_TRUE(parse_answer(out_.substr(0, out_.find('\n')), device));
  EXPECT_EQ(device.device_id().size(), 32u);
  EXPECT_EQ(run({"device", "list", "--app", "demo", "--audience", "tag:"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("audience"));
}

// The profile may have a key for an app of the same name.
TEST_F(RunTest, AKeyOfAnotherServerIsNotPutIntoTheProfile) {
  const std::string text = "server = \"https://localhost:1\"\n\n[send_keys]\ndemo = \"tsk_old\"\n";
  write_profile(text);
  ASSERT_EQ(run({"app", "create", "demo", "--server", at_.server(), "--ca",
                 at_.folder() + "/ca.pem", "--key", test::admin_key}),
            ExitCode::ok)
      << err_;
  EXPECT_THAT(err_, HasSubstr("not added"));
  std::ostringstream now;
  now << std::ifstream(profile_).rdbuf();
  EXPECT_EQ(now.str(), text);
}

TEST_F(RunTest, SettingsThatAreNotGivenStayAsTheyAre) {
  create_app();
  ASSERT_EQ(run({"app", "set", "demo", "--sends-per-s", "10", "--payload-bytes-max", "100"}),
            ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, HasSubstr("sends per s                  10\n"));
  ASSERT_EQ(run({"app", "set", "demo", "--send-burst", "20", "--live-casts-max", "5",
                 "--everyone-needs-release", "true"}),
            ExitCode::ok)
      << err_;
  const v1::AppSettings settings = run_json<v1::App>({"app", "show", "demo"}).settings();
  EXPECT_EQ(settings.sends_per_s(), 10u);
  EXPECT_EQ(settings.send_burst(), 20u);
  EXPECT_EQ(settings.payload_bytes_max(), 100u);
  EXPECT_EQ(settings.live_casts_max(), 5u);
  EXPECT_TRUE(settings.everyone_needs_release());
  ASSERT_EQ(
      run({"app", "set", "demo", "--live-casts-max", "0", "--everyone-needs-release", "false"}),
      ExitCode::ok);
  ASSERT_EQ(run({"app", "show", "demo"}), ExitCode::ok);
  EXPECT_THAT(out_, HasSubstr("app      demo\n"));
  EXPECT_THAT(out_, HasSubstr("live casts max          default\n"
                              "everyone needs release  false\n"));
  EXPECT_EQ(run({"app", "set", "demo", "--payload-bytes-max", "5000"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("settings.payload_bytes_max: at most 4096"));
  EXPECT_EQ(run({"app", "show", "none"}), ExitCode::refused);
}

TEST_F(RunTest, AppSettingsAreThoseGiven) {
  create_app();
  ASSERT_EQ(run({"app", "set", "demo", "--sends-per-s", "7", "--everyone-needs-release", "true"}),
            ExitCode::ok)
      << err_;
  ASSERT_EQ(run({"app", "set", "demo", "--sends-per-s", "0", "--live-casts-max", "5",
                 "--everyone-needs-release", "false", "--messages-per-device-per-day", "3"}),
            ExitCode::ok)
      << err_;
  const v1::AppSettings settings = run_json<v1::App>({"app", "show", "demo"}).settings();
  EXPECT_EQ(settings.sends_per_s(), 0u);
  EXPECT_EQ(settings.live_casts_max(), 5u);
  EXPECT_FALSE(settings.everyone_needs_release());
  EXPECT_EQ(settings.messages_per_device_per_day(), 3u);
  EXPECT_EQ(settings.send_burst(), 0u);
  EXPECT_EQ(settings.payload_bytes_max(), 0u);
  EXPECT_EQ(settings.webhook_url(), "");
}

TEST_F(RunTest, KeysAreMadeRotatedAndRevoked) {
  create_app();
  ASSERT_EQ(run({"key", "create", "--app", "demo", "reader", "--scope", "read", "--label",
                 "for reports", "--lifetime", "1d"}),
            ExitCode::ok)
      << err_;
  EXPECT_THAT(out_,
              HasSubstr("Key reader created. Its secret is shown only this once:\n\nsecret  tsk_"));
  EXPECT_THAT(out_, HasSubstr("scopes  READ\n"));
  const std::string secret = out_.substr(out_.find("tsk_"), 68);
  EXPECT_EQ(run({"count", "--app", "demo", "everyone", "--key", secret}), ExitCode::ok) << err_;
  EXPECT_EQ(run({"send", "--app", "demo", "--everyone", "--title", "T", "--key", secret}),
            ExitCode::refused);

  ASSERT_EQ(run({"key", "list", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("KEY "));
  EXPECT_THAT(out_, HasSubstr("\nreader"));
  EXPECT_THAT(out_, HasSubstr("  for reports\n"));
  EXPECT_THAT(out_, Not(HasSubstr("tsk_")));

  const auto renewed =
      run_json<v1::Key>({"key", "rotate", "--app", "demo", "reader", "--overlap", "1h"});
  EXPECT_EQ(run({"count", "--app", "demo", "everyone", "--key", secret}), ExitCode::ok);
  EXPECT_EQ(run({"count", "--app", "demo", "everyone", "--key", renewed.secret()}), ExitCode::ok);
  ASSERT_EQ(run({"key", "rotate", "--app", "demo", "reader"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("Key reader has a new secret."));
  EXPECT_EQ(run({"count", "--app", "demo", "everyone", "--key", renewed.secret()}),
            ExitCode::refused);

  ASSERT_EQ(run({"key", "revoke", "--app", "demo", "reader"}), ExitCode::ok) << err_;
  EXPECT_EQ(out_, "Key reader revoked: it is no longer valid.\n");
}

TEST_F(RunTest, KeysThatCannotBeAreSaid) {
  create_app();
  EXPECT_EQ(run({"key", "create", "--app", "demo", "Reader", "--scope", "read"}),
            ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("key_id"));
  EXPECT_EQ(run({"key", "rotate", "--app", "demo", "none"}), ExitCode::refused);
  EXPECT_EQ(run({"key", "revoke", "--app", "demo", "none"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("this app has no key 'none'"));
  EXPECT_EQ(run({"key", "list", "--app", "demo", "--key", "guess"}), ExitCode::refused);
}

}  // namespace
}  // namespace tocsin::cli
