// Commands about messages against a real server: send in all its forms, batch, messages, schedules.
#include <regex>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/schedules.pb.h"
#include "wire/codec.h"
#include "wire/frame.h"

#include "tests/unit/cli/run_fixture.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string word_after(const std::string& before, const std::string& text) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(before + "(\\S+)")) ? found[1].str() : "";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

wire::Push push_of(const cluster::Cast& cast) {
  wire::FrameView frame;
  size_t used = 0;
  wire::Push push;
  EXPECT_EQ(wire::read_frame(as_bytes(cast.envelope->push_frame), limits::server_frame_bytes_max,
                             frame, used),
            wire::Code::ok);
  EXPECT_EQ(wire::decode(frame.body, push), wire::Code::ok);
  return push;
}

TEST_F(RunTest, SendsHowTheNotificationLooks) {
  create_app();
  ASSERT_EQ(
      run({"send",      "--app",           "demo",    "--tag",           "t",   "--title-loc-key",
           "hello",     "--title-loc-arg", "Ada",     "--title-loc-arg", "[5]", "--image",
           "https://i", "--click",         "app://c", "--badge",         "0",   "--sound",
           "s",         "--channel",       "c",       "--body-loc-key",  "b",   "--body-loc-arg",
           "x"}),
      ExitCode::ok)
      << err_;
  at_.await_casts(1);
  const cluster::Cast cast = at_.casts()[0];
  const wire::Push push = push_of(cast);
  std::vector<std::string> data;
  for (const auto& [key, value] : push.data) data.push_back(fmt::format("{}={}", key, value));
  EXPECT_THAT(
      data, ::testing::UnorderedElementsAre(
                "tocsin.title_loc=hello", "tocsin.title_arg.0=Ada", "tocsin.title_arg.1=[5]",
                "tocsin.image=https://i", "tocsin.click=app://c", "tocsin.badge=0",
                "tocsin.sound=s", "tocsin.channel=c", "tocsin.body_loc=b", "tocsin.body_arg.0=x"));
}

TEST_F(RunTest, SendsInStepsAndStops) {
  create_app();
  for (uint8_t i = 1; i <= 4; ++i) at_.register_device(1, DeviceId{{i}});
  ASSERT_EQ(run({"send", "--app", "demo", "--everyone", "--title", "T", "--over", "1h", "--canary",
                 "25", "--canary-watch", "5m", "--quiet-hours", "22:00-07:30", "--if-unmetered",
                 "--override", R"(ios={"notification":{"badge":1}})"}),
            ExitCode::ok)
      << err_;
  const std::string id = word_after("Accepted ", out_).substr(0, 16);
  at_.await_applied();
  ASSERT_EQ(run({"report", "--app", "demo", id}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("CANARY"));
  ASSERT_EQ(run({"stop", "--app", "demo", id}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("STOPPED: sent to "));
  EXPECT_EQ(run({"stop", "--app", "demo", "0000000000000001"}), ExitCode::refused);
}

TEST_F(RunTest, PacesThatAreNoneAreWrongUsage) {
  create_app();
  const auto send = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"send", "--app", "demo", "--everyone", "--title", "T"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  };
  EXPECT_EQ(send({"--quiet-hours", "22-7"}), ExitCode::usage);
  EXPECT_EQ(send({"--override", "ios"}), ExitCode::usage);
  EXPECT_EQ(send({"--override", "ios={not json"}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("--override ios"));
  EXPECT_EQ(send({"--canary-watch", "5m"}), ExitCode::usage) << "without --canary";
  EXPECT_EQ(send({"--per-s", "0"}), ExitCode::refused) << "the server says why";
}

TEST_F(RunTest, ADryRunTellsWhomItWouldReach) {
  create_app();
  at_.register_device(1, DeviceId{{1}}, "news");
  at_.register_device(1, DeviceId{{2}}, "news");
  at_.register_device(1, DeviceId{{3}}, "other");
  ASSERT_EQ(run({"send", "--app", "demo", "--everyone", "--exclude", "tag:other", "--title", "T",
                 "--dry-run"}),
            ExitCode::ok)
      << err_;
  EXPECT_EQ(out_,
            "Nothing sent. It would now reach:\n\n"
            "devices                2\n"
            "  online               0\n"
            "  offline              2\n"
            "estimated duration  0 ms\n");
  EXPECT_TRUE(at_.casts().empty());
  EXPECT_EQ(run({"send", "--app", "demo", "--everyone", "--exclude", "tag:", "--title", "T",
                 "--dry-run"}),
            ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("exclude"));
}

TEST_F(RunTest, ARepeatedSendWithItsKeySendsNothingMore) {
  create_app();
  const std::vector<std::string> words = {
      "send", "--app", "demo", "--tag", "t", "--title", "T", "--idempotency-key", "k"};
  const auto first = run_json<v1::SendResponse>(words);
  at_.await_applied();
  EXPECT_EQ(run_json<v1::SendResponse>(words).message_id(), first.message_id());
  EXPECT_EQ(at_.casts().size(), 1u);
  EXPECT_EQ(run({"send", "--app", "demo", "--tag", "u", "--title", "T", "--idempotency-key", "k"}),
            ExitCode::refused);
}

TEST_F(RunTest, AHeldSendIsSentWithItsToken) {
  create_app();
  ASSERT_EQ(run({"app", "set", "demo", "--everyone-needs-release", "true"}), ExitCode::ok) << err_;
  std::vector<std::string> words = {"send", "--app", "demo", "--everyone", "--title", "T"};
  EXPECT_EQ(run(words), ExitCode::refused);
  EXPECT_THAT(out_, HasSubstr("it must be confirmed. It would now reach:\n\ndevices"));
  EXPECT_THAT(err_, HasSubstr("repeat the same command within 10 minutes"));
  EXPECT_TRUE(at_.casts().empty());
  words.insert(words.end(), {"--release", word_after("--release ", err_)});
  ASSERT_EQ(run(words), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("Accepted 0"));
  at_.await_casts(1);
  EXPECT_EQ(run(words), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("release"));
}

TEST_F(RunTest, AHeldSendForLaterIsReleasedForItsFirstTime) {
  create_app();
  ASSERT_EQ(run({"app", "set", "demo", "--everyone-needs-release", "true"}), ExitCode::ok) << err_;
  EXPECT_EQ(run({"send", "--app", "demo", "--everyone", "--title", "T", "--at", "1h"}),
            ExitCode::refused);
  const std::string at = word_after("--at ", err_);
  const std::string token = word_after("--release ", err_);
  ASSERT_EQ(
      run({"send", "--app", "demo", "--everyone", "--title", "T", "--at", at, "--release", token}),
      ExitCode::ok)
      << err_;
  EXPECT_THAT(out_, HasSubstr("to be sent at " + at));
}

TEST_F(RunTest, ASendForLaterIsAScheduleThatCanBeMovedAndDeleted) {
  create_app();
  ASSERT_EQ(run({"send", "--app", "demo", "--tag", "news", "--title", "Later\x1b", "--data", "k=v",
                 "--label", "l", "--at", "2h"}),
            ExitCode::ok)
      << err_;
  const std::string id = word_after("Scheduled ", out_).substr(0, 16);
  at_.await_applied();
  ASSERT_EQ(run({"schedule", "list", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("MESSAGE"));
  EXPECT_THAT(out_, HasSubstr(id));
  EXPECT_THAT(out_, HasSubstr("tag news  Later?  l\n"));
  const auto moved = run_json<v1::Schedule>(
      {"schedule", "move", "--app", "demo", id, "--at", "2027-01-02T03:04:05Z"});
  EXPECT_EQ(google::protobuf::util::TimeUtil::ToString(moved.send_time()), "2027-01-02T03:04:05Z");
  EXPECT_EQ(moved.message().label(), "l");
  ASSERT_EQ(run({"schedule", "show", "--app", "demo", id}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("sent at  2027-01-02T03:04:05Z\nto       tag news\n"));
  EXPECT_THAT(out_, HasSubstr("data     k=v\n"));
  ASSERT_EQ(run({"schedule", "delete", "--app", "demo", id}), ExitCode::ok) << err_;
  EXPECT_EQ(out_, id + " will not be sent.\n");
}

TEST_F(RunTest, SchedulesThatAreNotThereAreSaid) {
  create_app();
  const std::string id = "0000000000000001";
  EXPECT_EQ(run({"schedule", "show", "--app", "demo", id}), ExitCode::refused);
  EXPECT_EQ(run({"schedule", "move", "--app", "demo", id, "--at", "1h"}), ExitCode::refused);
  EXPECT_EQ(run({"schedule", "delete", "--app", "demo", id}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("tocsin: NOT_FOUND: "));
  EXPECT_EQ(run({"schedule", "list", "--app", "none"}), ExitCode::refused);
  EXPECT_EQ(run({"send", "--app", "demo", "--tag", "t", "--title", "T", "--at", "9000d"}),
            ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("more than a year ahead"));
}

TEST_F(RunTest, MessagesAreListedNewestFirst) {
  create_app();
  std::vector<std::string> ids;
  for (const char* label : {"spring", "autumn", "spring"}) {
    ids.push_back(run_json<v1::SendResponse>({"send", "--app", "demo", "--tag", "t", "--title", "T",
                                              "--label", label, "--group", "g"})
                      .message_id());
  }
  at_.await_applied();
  ASSERT_EQ(run({"messages", "--app", "demo", "--label", "spring"}), ExitCode::ok) << err_;
  const std::vector<std::string> lines = lines_of(out_);
  ASSERT_EQ(lines.size(), 3u) << out_;
  EXPECT_THAT(lines[0], HasSubstr("MESSAGE"));
  EXPECT_THAT(lines[1], ::testing::StartsWith(ids[2]));
  EXPECT_THAT(lines[2], ::testing::StartsWith(ids[0]));
  EXPECT_THAT(lines[2], ::testing::EndsWith("  0  spring"));
  ASSERT_EQ(run({"messages", "--app", "demo", "--group", "g", "--limit", "2", "--json"}),
            ExitCode::ok);
  EXPECT_EQ(lines_of(out_).size(), 2u) << out_;
  v1::MessageReport newest;
  ASSERT_TRUE(parse_answer(lines_of(out_).front(), newest));
  EXPECT_EQ(newest.message_id(), ids[2]);
  EXPECT_EQ(run({"messages", "--app", "none"}), ExitCode::refused);
}

TEST_F(RunTest, ReportsTellLabelAndGroup) {
  create_app();
  const auto sent = run_json<v1::SendResponse>(
      {"send", "--app", "demo", "--tag", "t", "--title", "T", "--label", "l", "--group", "g"});
  at_.await_applied();
  ASSERT_EQ(run({"report", "--app", "demo", sent.message_id()}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("label        l\ngroup        g\ntargeted"));
  EXPECT_THAT(out_, Not(HasSubstr("latency")));
}

TEST_F(RunTest, ReportsTellHowLongDeliveriesTook) {
  create_app();
  const DeviceId device{{7}};
  at_.register_device(1, device);
  const auto sent = run_json<v1::SendResponse>(
      {"send", "--app", "demo", "--device", device.text(), "--title", "T"});
  const auto message = MessageId::parse(sent.message_id());
  ASSERT_TRUE(message.has_value());
  at_.await_applied();
  internal::Record record;
  auto& delivery = *record.mutable_messages_delivered()->add_deliveries();
  delivery.set_message_id(message->value);
  delivery.set_app_id(1);
  delivery.add_delivered()->set_partition(device.bytes[0]);
  delivery.mutable_delivered(0)->add_ordinals(0);
  // Up to 16 ms.
  delivery.add_latency_buckets(8);
  delivery.add_latency_counts(1);
  std::promise<bool> committed;
  at_.log().append(record.SerializeAsString(),
                   [&](auto position) { committed.set_value(position.ok()); });
  ASSERT_TRUE(committed.get_future().get());
  at_.await_applied();
  ASSERT_EQ(run({"report", "--app", "demo", sent.message_id()}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("  delivered                         1\n"));
  EXPECT_THAT(out_, HasSubstr("latency\n"
                              "  p50        16 ms\n"
                              "  p95        16 ms\n"
                              "  p99        16 ms\n"
                              "  p100       16 ms\n"));
}

TEST_F(RunTest, ABatchTellsWhichLinesWereRefused) {
  create_app();
  in_ =
      "{\"tag\":\"a\",\"data\":{\"k\":\"v\"}}\n"
      "\n"
      "{\"tag\":\"not a tag\",\"data\":{\"k\":\"v\"}}\n"
      "{\"tga\":\"a\"}\n"
      "{\"tag\":\"b\",\"data\":{\"k\":\"v\"},\"priority\":\"high\"}";
  EXPECT_EQ(run({"batch", "--app", "demo", "-"}), ExitCode::refused);
  EXPECT_EQ(out_, "2 accepted, 2 refused.\n");
  const std::vector<std::string> refusals = lines_of(err_);
  ASSERT_EQ(refusals.size(), 2u) << err_;
  EXPECT_THAT(refusals[0], ::testing::StartsWith("line 3: INVALID_ARGUMENT: tag: a tag is"));
  EXPECT_THAT(refusals[1], ::testing::StartsWith("line 4: INVALID_ARGUMENT: not a message"));
  at_.await_casts(2);

  EXPECT_EQ(run({"batch", "--app", "demo", "-", "--json"}), ExitCode::refused);
  const std::vector<std::string> results = lines_of(out_);
  ASSERT_EQ(results.size(), 4u) << out_;
  EXPECT_THAT(results[0], HasSubstr("\"accepted\":{\"name\":\"apps/demo/messages/0"));
  EXPECT_THAT(results[2], HasSubstr("\"error\":{\"code\":400"));
  EXPECT_EQ(err_, "");
}

TEST_F(RunTest, ABatchTakesAsManyCallsAsItNeeds) {
  create_app();
  const std::string file = at_.folder() + "/messages";
  const std::string text(3000, 'x');
  for (int i = 0; i < 230; ++i) {
    std::ofstream(file, std::ios::app)
        << fmt::format(R"({{"tag":"t","data":{{"k":"{}"}},"label":"{}"}})", i < 30 ? text : "v", i)
        << '\n';
  }
  ASSERT_EQ(run({"batch", "--app", "demo", file}, true), ExitCode::ok) << err_;
  EXPECT_EQ(out_, "230 accepted, 0 refused.\n");
  EXPECT_THAT(err_, HasSubstr("\r230 accepted, 0 refused\x1b[K"));
  at_.await_casts(230);
}

TEST_F(RunTest, ABatchThatCannotGoOnSaysWhere) {
  create_app();
  EXPECT_EQ(run({"batch", "--app", "demo", at_.folder()}), ExitCode::usage);
  EXPECT_THAT(err_, HasSubstr("cannot read " + at_.folder()));
  in_ = "\n{\"tag\":\"a\",\"data\":{\"k\":\"v\"}}\n";
  EXPECT_EQ(run({"batch", "--app", "demo", "-", "--key", "guess"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("from line 2 on nothing was sent"));
  EXPECT_EQ(out_, "0 accepted, 0 refused.\n");
  EXPECT_EQ(run({"batch", "--app", "demo", "-", "--server", "https://127.0.0.1:1"}),
            ExitCode::unreachable);
  EXPECT_THAT(err_, HasSubstr("lines 2 to 2 may have been sent"));
}

TEST_F(RunTest, ABatchSaysWhatIsHeld) {
  create_app();
  ASSERT_EQ(run({"app", "set", "demo", "--everyone-needs-release", "true"}), ExitCode::ok) << err_;
  in_ = "{\"everyone\":true,\"data\":{\"k\":\"v\"}}\n";
  EXPECT_EQ(run({"batch", "--app", "demo", "-"}), ExitCode::refused);
  EXPECT_EQ(err_, "line 1: held until it is confirmed: use tocsin send for it\n");
}

}  // namespace
}  // namespace tocsin::cli
