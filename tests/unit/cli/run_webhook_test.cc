// Commands about an app's webhook against a real server and a real receiver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/webhooks.pb.h"

#include "tests/support/webhook_receiver.h"
#include "tests/unit/cli/run_fixture.h"
#include "tests/unit/cluster/await.h"

namespace tocsin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RunWebhookTest : public RunTest {
 protected:
  // One event that the receiver calls gone: a dead letter.
  void make_dead_letter() {
    at_.register_device(1, DeviceId{{1}});
    ASSERT_EQ(run({"send", "--app", "demo", "--everyone", "--title", "T"}), ExitCode::ok) << err_;
    at_.await_casts(1);
    internal::Record record;
    auto& delivery = *record.mutable_messages_delivered()->add_deliveries();
    delivery.set_message_id(at_.casts()[0].envelope->message.value);
    delivery.set_app_id(1);
    auto& devices = *delivery.add_delivered();
    devices.set_partition(1);
    devices.add_ordinals(0);
    receiver_.answer(410);
    ASSERT_TRUE(test::append_and_wait(at_.log(), record.SerializeAsString()).ok());
    ASSERT_TRUE(test::await([this] {
      return run_json<v1::Webhook>({"webhook", "show", "--app", "demo"}).dead_letters() == 1;
    }));
  }

  test::WebhookReceiver receiver_;
};

TEST_F(RunWebhookTest, IsSetUpShownAndTested) {
  create_app();
  EXPECT_EQ(run({"webhook", "show", "--app", "demo"}), ExitCode::refused);
  EXPECT_THAT(err_, HasSubstr("this app has no webhook"));
  ASSERT_EQ(run({"app", "set", "demo", "--webhook-url", receiver_.url()}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("webhook url             " + receiver_.url()));
  EXPECT_THAT(out_, HasSubstr("webhook secret  whsec_"));
  ASSERT_EQ(run({"app", "set", "demo", "--sends-per-s", "9"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr(receiver_.url())) << "stays";
  EXPECT_THAT(out_, Not(HasSubstr("whsec_")));
  ASSERT_EQ(run({"webhook", "show", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, testing::ContainsRegex("queued events +0\n"));
  ASSERT_EQ(run({"webhook", "test", "--app", "demo"}), ExitCode::ok) << out_ << err_;
  EXPECT_THAT(out_, HasSubstr("It answered 200 after "));
  receiver_.answer(500);
  EXPECT_EQ(run({"webhook", "test", "--app", "demo"}), ExitCode::refused);
  EXPECT_THAT(out_, HasSubstr("answered 500.\n"));
  EXPECT_TRUE(run_json<v1::WebhookTest>({"webhook", "test", "--app", "demo"}).ok());
  ASSERT_EQ(run({"app", "set", "demo", "--webhook-url", ""}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("webhook url             none\n"));
}

TEST_F(RunWebhookTest, DeadLettersAreListedRetriedAndDeleted) {
  create_app();
  ASSERT_EQ(run({"app", "set", "demo", "--webhook-url", receiver_.url()}), ExitCode::ok) << err_;
  make_dead_letter();
  ASSERT_EQ(run({"webhook", "dead-letters", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, HasSubstr("DEAD LETTER"));
  EXPECT_THAT(out_, HasSubstr("0000000000000001"));
  EXPECT_THAT(out_, HasSubstr("answered 410"));
  ASSERT_EQ(run({"webhook", "show", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_THAT(out_, testing::ContainsRegex("\ndead letters +1\n"));
  EXPECT_EQ(run({"webhook", "retry", "--app", "demo", "0000000000000009"}), ExitCode::refused);
  receiver_.answer(410);
  ASSERT_EQ(run({"webhook", "retry", "--app", "demo"}), ExitCode::ok) << err_;
  EXPECT_EQ(out_, "1 dead letters with 1 events are in the queue again.\n");
  ASSERT_TRUE(test::await([this] {
    return run_json<v1::Webhook>({"webhook", "show", "--app", "demo"}).dead_letters() == 1;
  }));
  ASSERT_EQ(run({"webhook", "delete", "--app", "demo", "0000000000000001"}), ExitCode::ok) << err_;
  EXPECT_EQ(out_, "Dead letter 0000000000000001 deleted.\n");
  EXPECT_EQ(run({"webhook", "delete", "--app", "demo", "0000000000000001"}), ExitCode::refused);
}

}  // namespace
}  // namespace tocsin::cli
