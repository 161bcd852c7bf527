// What commands ask the server for, told by a server that keeps what it is asked.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "cli/exit_code.h"
#include "cli/run.h"
#include "json/from_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/audience.pb.h"
#include "tocsin/v1/devices.pb.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/schedules.pb.h"
#include "tocsin/v1/webhooks.pb.h"

#include "tests/support/https_identity.h"
#include "tests/support/webhook_receiver.h"

namespace tocsin::cli {
namespace {

using ::testing::ElementsAre;

class RequestsTest : public ::testing::Test {
 protected:
  RequestsTest() {
    char folder[] = "/tmp/tocsin-requests-XXXXXX";
    folder_ = mkdtemp(folder);
    std::ofstream(folder_ + "/ca.pem") << identity_.certificate_chain_pem;
    std::ofstream(folder_ + "/cli.toml") << "ca = \"ca.pem\"\nadmin_key = \"secret\"\n";
  }
  ~RequestsTest() override { std::filesystem::remove_all(folder_); }

  test::WebhookReceiver::Request ask(std::vector<std::string> words, int code = ExitCode::ok) {
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in(in_);
    words.insert(words.end(), {"--profile", folder_ + "/cli.toml", "--server", server_.url("")});
    EXPECT_EQ(run(words, {out, err, false, in}), code) << err.str();
    const auto requests = server_.requests();
    return requests.empty() ? test::WebhookReceiver::Request() : requests.back();
  }

  // "GET /v1/apps"
  std::string line_of(const std::vector<std::string>& words, int code = ExitCode::ok) {
    const std::string line = ask(words, code).line;
    return line.substr(0, line.rfind(' '));
  }

  template <typename Message>
  Message body_of(const std::vector<std::string>& words) {
    const std::string body = ask(words).body;
    Message message;
    EXPECT_TRUE(json::from_json(body, message, json::UnknownFields::refuse).ok()) << body;
    return message;
  }

  const runtime::TlsIdentity identity_ = test::https_identity();
  test::WebhookReceiver server_{&identity_};
  std::string folder_;
  std::string in_;
};

TEST_F(RequestsTest, Send) {
  const std::vector<std::string> words = {
      "send",    "--app",      "demo",   "--device", "a",         "--device", "b",
      "--title", "T",          "--data", "k=v=w",    "--data",    "e=",       "--ttl",
      "1h",      "--priority", "alert",  "--wait",   "--timeout", "2m",       "--json"};
  const auto request = body_of<v1::SendRequest>(words);
  EXPECT_EQ(server_.requests().back().line, "POST /v1/apps/demo/messages HTTP/1.1");
  EXPECT_EQ(server_.requests().back().headers["authorization"], "Bearer secret");
  EXPECT_THAT(request.devices().ids(), ElementsAre("a", "b"));
  EXPECT_EQ(request.notification().title(), "T");
  EXPECT_EQ(request.data_size(), 2);
  EXPECT_EQ(request.data().at("k"), "v=w");
  EXPECT_EQ(request.data().at("e"), "");
  EXPECT_EQ(request.ttl().seconds(), 3600);
  EXPECT_EQ(request.priority(), v1::SendRequest::ALERT);
}

TEST_F(RequestsTest, SendHasNothingThatWasNotGiven) {
  EXPECT_EQ(ask({"send", "--app", "demo", "--tag", "t"}).body, "{\"tag\":\"t\"}");
  EXPECT_EQ(ask({"send", "--app", "demo", "--device", "a", "--data", "k=v"}).body,
            "{\"device\":\"a\",\"data\":{\"k\":\"v\"}}");
  EXPECT_EQ(ask({"send", "--app", "demo", "--alias", "ada", "--ttl", "0s"}).body,
            "{\"ttl\":\"0s\",\"alias\":\"ada\"}");
  EXPECT_EQ(ask({"send", "--app", "demo", "--audience", "tag:a", "--badge", "0"}).body,
            "{\"notification\":{\"badge\":0},\"audience\":\"tag:a\"}");
}

TEST_F(RequestsTest, SendInAllItsForms) {
  const auto request = body_of<v1::SendRequest>({"send",
                                                 "--app",
                                                 "demo",
                                                 "--everyone",
                                                 "--exclude",
                                                 "tag:a",
                                                 "--title-loc-key",
                                                 "hello",
                                                 "--title-loc-arg",
                                                 "[x]",
                                                 "--title-loc-arg",
                                                 "",
                                                 "--body-loc-key",
                                                 "b",
                                                 "--body-loc-arg",
                                                 "1",
                                                 "--image",
                                                 "https://i",
                                                 "--click",
                                                 "app://c",
                                                 "--badge",
                                                 "0",
                                                 "--sound",
                                                 "s",
                                                 "--channel",
                                                 "c",
                                                 "--label",
                                                 "l",
                                                 "--group",
                                                 "g",
                                                 "--release",
                                                 "r",
                                                 "--idempotency-key",
                                                 "k",
                                                 "--at",
                                                 "2026-12-01T08:00:00Z",
                                                 "--dry-run",
                                                 "--collapse-key",
                                                 "ck"});
  EXPECT_TRUE(request.everyone());
  EXPECT_EQ(request.exclude(), "tag:a");
  const v1::Notification& looks = request.notification();
  EXPECT_EQ(looks.title_loc_key(), "hello");
  EXPECT_THAT(looks.title_loc_args(), ElementsAre("[x]", ""));
  EXPECT_EQ(looks.body_loc_key(), "b");
  EXPECT_THAT(looks.body_loc_args(), ElementsAre("1"));
  EXPECT_EQ(looks.image(), "https://i");
  EXPECT_EQ(looks.click_action(), "app://c");
  EXPECT_TRUE(looks.has_badge());
  EXPECT_EQ(looks.badge(), 0u);
  EXPECT_EQ(looks.sound(), "s");
  EXPECT_EQ(looks.channel(), "c");
  EXPECT_EQ(request.label(), "l");
  EXPECT_EQ(request.group(), "g");
  EXPECT_EQ(request.release(), "r");
  EXPECT_EQ(request.idempotency_key(), "k");
  EXPECT_EQ(request.collapse_key(), "ck");
  EXPECT_EQ(google::protobuf::util::TimeUtil::ToString(request.send_time()),
            "2026-12-01T08:00:00Z");
  EXPECT_TRUE(request.validate_only());
}

TEST_F(RequestsTest, SendAtAPace) {
  const auto request = body_of<v1::SendRequest>({"send",
                                                 "--app",
                                                 "demo",
                                                 "--everyone",
                                                 "--window",
                                                 "09:00-21:00",
                                                 "--local-time",
                                                 "2026-12-24T09:00",
                                                 "--if-unmetered",
                                                 "--if-charging",
                                                 "--over",
                                                 "2h",
                                                 "--canary",
                                                 "2.5",
                                                 "--canary-watch",
                                                 "5m",
                                                 "--canary-delivered",
                                                 "80",
                                                 "--ignore-frequency-cap",
                                                 "--override",
                                                 R"(ios={"notification":{"badge":1}})"});
  EXPECT_EQ(request.display_window().from(), "09:00");
  EXPECT_EQ(request.display_window().until(), "21:00");
  EXPECT_FALSE(request.has_quiet_hours());
  EXPECT_EQ(request.local_time(), "2026-12-24T09:00");
  EXPECT_TRUE(request.deliver_if().unmetered());
  EXPECT_TRUE(request.deliver_if().charging());
  EXPECT_EQ(request.pacing().over().seconds(), 7200);
  EXPECT_EQ(request.canary().percent(), 2.5);
  EXPECT_EQ(request.canary().watch().seconds(), 300);
  EXPECT_EQ(request.canary().min_delivered_percent(), 80u);
  EXPECT_TRUE(request.ignore_frequency_cap());
  EXPECT_EQ(request.platforms().at("ios").notification().badge(), 1u);
  EXPECT_EQ(
      ask({"send", "--app", "demo", "--everyone", "--per-s", "7", "--quiet-hours", "22:00-07:30"})
          .body,
      "{\"everyone\":true,\"quietHours\":{\"from\":\"22:00\",\"until\":\"07:30\"},"
      "\"pacing\":{\"perS\":7}}");
}

TEST_F(RequestsTest, Keys) {
  const auto create = body_of<v1::CreateKeyRequest>({"key", "create", "--app", "demo", "--scope",
                                                     "send,Alert", "--scope", "read", "billing",
                                                     "--label", "l", "--lifetime", "1d"});
  EXPECT_EQ(create.key_id(), "billing");
  EXPECT_EQ(create.label(), "l");
  EXPECT_THAT(create.scopes(), ElementsAre(v1::SEND, v1::ALERT, v1::READ));
  EXPECT_EQ(create.lifetime().seconds(), 86400);
  const auto rotate = body_of<v1::RotateKeyRequest>(
      {"key", "rotate", "--app", "demo", "billing", "--overlap", "1h"});
  EXPECT_EQ(server_.requests().back().line, "POST /v1/apps/demo/keys/billing/rotate HTTP/1.1");
  EXPECT_EQ(rotate.overlap().seconds(), 3600);
  EXPECT_EQ(ask({"key", "rotate", "--app", "demo", "billing"}).body, "{}");
  EXPECT_EQ(line_of({"key", "list", "--app", "demo"}), "GET /v1/apps/demo/keys");
  EXPECT_EQ(line_of({"key", "revoke", "--app", "demo", "b"}), "DELETE /v1/apps/demo/keys/b");
}

TEST_F(RequestsTest, Listings) {
  EXPECT_EQ(line_of({"messages", "--app", "demo", "--label", "l", "--limit", "30"}),
            "GET /v1/apps/demo/messages?pageSize=30&label=l&group=");
  EXPECT_EQ(line_of({"messages", "--app", "demo", "--limit", "100000", "--group", "g"}),
            "GET /v1/apps/demo/messages?pageSize=100&label=&group=g");
  EXPECT_EQ(line_of({"device", "list", "--app", "demo", "--audience", "tag:a", "--all"}),
            "GET /v1/apps/demo/devices?pageSize=1000&audience=tag%3Aa");
  EXPECT_EQ(line_of({"schedule", "list", "--app", "d"}), "GET /v1/apps/d/schedules");
  EXPECT_EQ(line_of({"audience", "list", "--app", "d"}), "GET /v1/apps/d/audiences");
}

TEST_F(RequestsTest, Schedules) {
  const auto move = body_of<v1::UpdateScheduleRequest>(
      {"schedule", "move", "--app", "d", "00ff", "--at", "2026-12-01T08:00:00Z"});
  EXPECT_EQ(server_.requests().back().line, "PATCH /v1/apps/d/schedules/00ff HTTP/1.1");
  EXPECT_EQ(google::protobuf::util::TimeUtil::ToString(move.send_time()), "2026-12-01T08:00:00Z");
  EXPECT_EQ(line_of({"schedule", "show", "--app", "d", "m"}), "GET /v1/apps/d/schedules/m");
  EXPECT_EQ(line_of({"schedule", "delete", "--app", "d", "m"}), "DELETE /v1/apps/d/schedules/m");
}

TEST_F(RequestsTest, DevicesAudiencesAndUsers) {
  EXPECT_EQ(line_of({"device", "show", "--app", "d", "i"}), "GET /v1/apps/d/devices/i");
  EXPECT_EQ(line_of({"device", "delete", "--app", "d", "i"}), "DELETE /v1/apps/d/devices/i");
  const auto update = ask({"device", "update", "--app", "d", "i", "--add-tag", "a", "--add-tag",
                           "b", "--remove-tag", "c", "--alias", "", "--time-zone", "Europe/Lisbon",
                           "--app-version", "2"});
  EXPECT_EQ(update.line, "PATCH /v1/apps/d/devices/i HTTP/1.1");
  EXPECT_EQ(update.body,
            "{\"addTags\":[\"a\",\"b\"],\"removeTags\":[\"c\"],\"alias\":\"\","
            "\"timeZone\":\"Europe/Lisbon\",\"appVersion\":\"2\"}");
  EXPECT_EQ(line_of({"user", "delete", "--app", "d", "a/b"}), "DELETE /v1/apps/d/aliases/a%2Fb");
  const auto change = ask({"audience", "change", "--app", "d", "beta", "--add", "1", "--add", "2",
                           "--remove", "3", "--clear"});
  EXPECT_EQ(change.line, "POST /v1/apps/d/audiences/beta HTTP/1.1");
  EXPECT_EQ(change.body, "{\"clear\":true,\"add\":[\"1\",\"2\"],\"remove\":[\"3\"]}");
  EXPECT_EQ(line_of({"audience", "delete", "--app", "d", "beta"}),
            "DELETE /v1/apps/d/audiences/beta");
  EXPECT_EQ(body_of<v1::CountRequest>({"count", "--app", "d", "tag:a"}).audience(), "tag:a");
}

TEST_F(RequestsTest, Messages) {
  EXPECT_EQ(line_of({"report", "--app", "demo", "00ff", "--watch"}),
            "GET /v1/apps/demo/messages/00ff");
  EXPECT_EQ(line_of({"watch", "--app", "demo", "00ff"}, ExitCode::unreachable),
            "GET /v1/apps/demo/messages/00ff/watch");
  EXPECT_TRUE(body_of<v1::RecallRequest>({"recall", "--app", "d", "m", "--notify"}).notify());
  EXPECT_EQ(line_of({"recall", "--app", "d", "m"}), "POST /v1/apps/d/messages/m/recall");
  EXPECT_EQ(line_of({"stop", "--app", "d", "m"}), "POST /v1/apps/d/messages/m/stop");
  EXPECT_EQ(line_of({"why", "--app", "d", "m", "i"}), "GET /v1/apps/d/messages/m/devices/i");
  EXPECT_EQ(line_of({"totals", "--app", "d", "--label", "a b", "--from", "2026-01-01T00:00:00Z"}),
            "GET /v1/apps/d/totals?label=a%20b&group=&fromTime=2026-01-01T00%3A00%3A00Z");
  EXPECT_EQ(line_of({"series", "--app", "d", "--hourly", "--until", "2026-01-01T00:00:00Z"}),
            "GET /v1/apps/d/series?step=HOUR&untilTime=2026-01-01T00%3A00%3A00Z");
  in_ = "{\"tag\":\"t\",\"data\":{\"k\":\"v\"}}\n";
  EXPECT_EQ(line_of({"batch", "--app", "d", "-"}, ExitCode::unreachable),
            "POST /v1/apps/d/messages/batch");
  EXPECT_EQ(server_.requests().back().body,
            "{\"messages\":[{\"tag\":\"t\",\"data\":{\"k\":\"v\"}}]}");
}

TEST_F(RequestsTest, AppsAndTheServer) {
  EXPECT_EQ(line_of({"app", "show", "d"}), "GET /v1/apps/d");
  EXPECT_EQ(body_of<v1::CreateAppRequest>({"app", "create", "demo"}).app(), "demo");
  EXPECT_EQ(line_of({"app", "list"}), "GET /v1/apps");
  EXPECT_EQ(line_of({"app", "set", "d", "--send-burst", "1"}, ExitCode::refused), "GET /v1/apps/d");
  EXPECT_EQ(line_of({"--json", "status"}), "GET /v1/status");
  EXPECT_EQ(line_of({"backup"}), "POST /v1/backups");
}

TEST_F(RequestsTest, Webhook) {
  EXPECT_EQ(line_of({"webhook", "show", "--app", "d"}), "GET /v1/apps/d/webhook");
  EXPECT_EQ(line_of({"webhook", "test", "--app", "d"}), "POST /v1/apps/d/webhook/test");
  EXPECT_EQ(line_of({"webhook", "dead-letters", "--app", "d"}),
            "GET /v1/apps/d/webhook/dead-letters");
  const auto retry =
      body_of<v1::RetryDeadLettersRequest>({"webhook", "retry", "--app", "d", "1", "2"});
  EXPECT_THAT(retry.dead_letter_ids(), ElementsAre("1", "2"));
  EXPECT_EQ(ask({"webhook", "retry", "--app", "d"}).body, "{}");
  EXPECT_EQ(line_of({"webhook", "delete", "--app", "d", "1"}),
            "DELETE /v1/apps/d/webhook/dead-letters/1");
}

TEST_F(RequestsTest, TheKeyIsTheMostParticularOne) {
  EXPECT_EQ(ask({"status"}).headers["authorization"], "Bearer secret");
  std::ofstream(folder_ + "/cli.toml", std::ios::app) << "[send_keys]\ndemo = \"of-demo\"\n";
  EXPECT_EQ(ask({"app", "show", "demo"}).headers["authorization"], "Bearer of-demo");
  EXPECT_EQ(ask({"count", "--app", "demo", "x"}).headers["authorization"], "Bearer of-demo");
  EXPECT_EQ(ask({"app", "create", "demo"}).headers["authorization"], "Bearer secret");
  EXPECT_EQ(ask({"count", "--app", "other", "x"}).headers["authorization"], "Bearer secret");
  EXPECT_EQ(ask({"count", "--app", "demo", "x", "--key", "k"}).headers["authorization"],
            "Bearer k");
}

}  // namespace
}  // namespace tocsin::cli
