#include "dispatcher/send/acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dispatcher/transport/json_body.h"
#include "json/to_json.h"
#include "tocsin/internal/record.pb.h"
#include "wire/codec.h"
#include "wire/frame.h"

namespace tocsin::dispatcher {
namespace {

const Stamp stamp{.message = MessageId{0x0123456789abcdef},
                  .app = AppId{7},
                  .app_name = "demo",
                  .accepted_at_ms = 1'704'067'200'123,
                  .audience = 1'000'000};

Send send_to_tag() {
  Send send;
  send.target = Send::Target::tag;
  send.tag = "news";
  send.title = "T";
  send.body = "B";
  send.data = {{"k", "v"}};
  send.ttl_ms = 60'000;
  send.priority = wire::Priority::alert;
  return send;
}

TEST(Acceptance, TheFrameIsThePushAndTheSameEverywhere) {
  const auto acceptance = make_acceptance(send_to_tag(), stamp);
  ASSERT_TRUE(acceptance.ok()) << acceptance.status().ToString();
  const std::string& bytes = acceptance->envelope->push_frame;
  wire::FrameView frame;
  size_t used = 0;
  ASSERT_EQ(wire::read_frame(as_bytes(bytes), limits::server_frame_bytes_max, frame, used),
            wire::Code::ok);
  EXPECT_EQ(used, bytes.size());
  EXPECT_EQ(frame.type, wire::FrameType::push);
  wire::Push push;
  ASSERT_EQ(wire::decode(frame.body, push), wire::Code::ok);
  EXPECT_EQ(push.message, stamp.message);
  EXPECT_EQ(push.priority, wire::Priority::alert);
  EXPECT_EQ(push.sent_at_ms, stamp.accepted_at_ms);
  EXPECT_EQ(push.expires_at_ms, stamp.accepted_at_ms + 60'000);
  EXPECT_EQ(push.ack_spread_ms, limits::ack_spread_ms_max);  // a million devices
  EXPECT_EQ(push.title, "T");
  EXPECT_EQ(push.body, "B");
  ASSERT_EQ(push.data.size(), 1u);
  EXPECT_EQ(push.data[0].key, "k");

  internal::Record record;
  ASSERT_TRUE(record.ParseFromString(acceptance->record));
  const auto& accepted = record.message_accepted();
  EXPECT_EQ(accepted.tag(), "news");
  EXPECT_EQ(accepted.envelope().push_frame(), bytes);
  EXPECT_EQ(accepted.envelope().message_id(), stamp.message.value);
  EXPECT_EQ(accepted.envelope().app_id(), 7u);
  EXPECT_EQ(accepted.envelope().priority(), 4u);
  EXPECT_EQ(accepted.envelope().accepted_at_ms(), stamp.accepted_at_ms);
  EXPECT_EQ(accepted.envelope().expires_at_ms(), stamp.accepted_at_ms + 60'000);
}

TEST(Acceptance, TheAnswerNamesTheMessage) {
  const auto acceptance = make_acceptance(send_to_tag(), stamp);
  EXPECT_EQ(json::to_json(acceptance->answer, json::Zeros::keep),
            "{\"name\":\"apps/demo/messages/0123456789abcdef\",\"messageId\":\"0123456789abcdef\","
            "\"acceptTime\":\"2024-01-01T00:00:00.123Z\","
            "\"expireTime\":\"2024-01-01T00:01:00.123Z\"}\n");
}

TEST(Acceptance, DevicesAndEveryoneAreTargetsOfTheRecord) {
  Send send = send_to_tag();
  send.target = Send::Target::devices;
  send.devices = {DeviceId{{1}}, DeviceId{{2}}};
  internal::Record record;
  ASSERT_TRUE(record.ParseFromString(make_acceptance(send, stamp)->record));
  ASSERT_EQ(record.message_accepted().devices().ids_size(), 2);
  EXPECT_EQ(record.message_accepted().devices().ids(1), std::string("\2") + std::string(15, '\0'));
  send.target = Send::Target::everyone;
  ASSERT_TRUE(record.ParseFromString(make_acceptance(send, stamp)->record));
  EXPECT_TRUE(record.message_accepted().everyone());
}

TEST(Acceptance, TheLargestSendFitsFrameAndRecord) {
  Send send = send_to_tag();
  send.target = Send::Target::devices;
  send.devices.assign(limits::send_devices_max, DeviceId{});
  send.title.assign(limits::title_bytes_max, 't');
  send.data.clear();
  size_t left = limits::message_content_bytes_max - send.title.size();
  for (size_t i = 0; i < limits::data_entries_max; ++i) {
    send.data.emplace_back(std::string(limits::data_key_bytes_max, 'a'), "");
    left -= limits::data_key_bytes_max;
  }
  send.body.assign(left, 'b');
  const auto acceptance = make_acceptance(send, stamp);
  ASSERT_TRUE(acceptance.ok()) << acceptance.status().ToString();
  EXPECT_LE(acceptance->record.size(), limits::log_record_bytes_max);
}

TEST(AckSpread, GrowsWithTheAudienceWithinItsBounds) {
  const Send alert = send_to_tag();
  EXPECT_EQ(ack_spread_ms(alert, 10'000), 1'000u);
  Send cast = alert;
  cast.priority = wire::Priority::normal;
  EXPECT_EQ(ack_spread_ms(cast, 0), limits::ack_spread_ms_min);
  EXPECT_EQ(ack_spread_ms(cast, 10'000), 2'000u);
  EXPECT_EQ(ack_spread_ms(cast, 100'000'000), limits::ack_spread_ms_max);
  EXPECT_EQ(ack_spread_ms(Send{}, 1'000'000), 0u);
}

}  // namespace
}  // namespace tocsin::dispatcher
