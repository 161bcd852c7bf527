// Holds this build to the bytes that earlier ones left on disk (disk_formats.txt).
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.h"
#include "cluster/log_file.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin {
namespace {

const std::map<std::string, std::string>& golden() {
  static const auto all = [] {
    std::map<std::string, std::string> bytes_by_name;
    std::ifstream file(TOCSIN_GOLDEN_FOLDER "/disk_formats.txt");
    for (std::string line; std::getline(file, line);) {
      const size_t equals = line.find(" = ");
      if (line.starts_with('#') || equals == std::string::npos) continue;
      const std::string digits = line.substr(equals + 3);
      Bytes bytes(digits.size() / 2);
      EXPECT_TRUE(from_hex(digits, bytes)) << line;
      bytes_by_name[line.substr(0, equals)] = std::string(as_text(bytes));
    }
    return bytes_by_name;
  }();
  return all;
}

const std::string& golden(const std::string& name) { return golden().at(name); }

internal::Record record(const std::string& name) {
  internal::Record parsed;
  EXPECT_TRUE(parsed.ParseFromString(golden(name)));
  EXPECT_EQ(to_hex(as_bytes(parsed.SerializeAsString())), to_hex(as_bytes(golden(name)))) << name;
  return parsed;
}

const std::string device_id("\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf");

void expect_golden_envelope(const internal::Envelope& envelope) {
  EXPECT_EQ(envelope.message_id(), 0x0123456789abcdefu);
  EXPECT_EQ(envelope.app_id(), 7u);
  EXPECT_EQ(envelope.priority(), 4u);
  EXPECT_EQ(envelope.accepted_at_ms(), 1'795'000'000'123u);
  EXPECT_EQ(envelope.expires_at_ms(), 1'795'003'600'123u);
  EXPECT_EQ(envelope.push_frame().size(), 13u);
}

TEST(GoldenRecordTest, AppCreated) {
  const auto parsed = record("app_created");
  EXPECT_EQ(parsed.app_created().app_id(), 7u);
  EXPECT_EQ(parsed.app_created().name(), "weather");
  EXPECT_EQ(parsed.app_created().send_key_hash()[31], 31);
  EXPECT_EQ(parsed.app_created().registration_key()[0], 32);
  EXPECT_EQ(parsed.app_created().device_master_secret()[0], 64);
  EXPECT_EQ(parsed.app_created().key_epoch(), 1u);
  EXPECT_EQ(parsed.app_created().created_at_ms(), 1'795'000'000'000u);
}

TEST(GoldenRecordTest, Devices) {
  const auto registered = record("device_registered").device_registered();
  EXPECT_EQ(registered.device_id(), device_id);
  EXPECT_EQ(registered.platform(), "linux");
  EXPECT_EQ(registered.app_version(), "1.4.2");
  ASSERT_EQ(registered.tags_size(), 2);
  EXPECT_EQ(registered.tags(0), "city:chengdu");
  EXPECT_EQ(registered.registered_at_ms(), 1'795'000'000'001u);
  const auto tagged = record("device_changed").device_changed();
  EXPECT_EQ(tagged.device_id(), device_id);
  EXPECT_EQ(tagged.add(0), "city:beijing");
  EXPECT_EQ(tagged.remove(0), "city:chengdu");
}

TEST(GoldenRecordTest, Messages) {
  const auto to_devices = record("message_to_devices").message_accepted();
  expect_golden_envelope(to_devices.envelope());
  ASSERT_EQ(to_devices.devices().ids_size(), 2);
  EXPECT_EQ(to_devices.devices().ids(0), device_id);
  const auto to_tag = record("message_to_tag").message_accepted();
  expect_golden_envelope(to_tag.envelope());
  EXPECT_EQ(to_tag.tag(), "city:chengdu");
  const auto to_everyone = record("message_to_everyone").message_accepted();
  expect_golden_envelope(to_everyone.envelope());
  EXPECT_TRUE(to_everyone.everyone());
}

TEST(GoldenRecordTest, MessagesDelivered) {
  const auto delivery = record("messages_delivered").messages_delivered().deliveries(0);
  EXPECT_EQ(delivery.message_id(), 0x0123456789abcdefu);
  ASSERT_EQ(delivery.delivered_size(), 2);
  EXPECT_EQ(delivery.delivered(0).partition(), 160u);
  EXPECT_EQ(delivery.delivered(0).ordinals(1), 300u);
  ASSERT_EQ(delivery.opened_size(), 1);
  EXPECT_EQ(delivery.opened(0).ordinals(0), 300u);
}

TEST(GoldenRowTest, DeviceAndMessage) {
  internal::DeviceRow device;
  ASSERT_TRUE(device.ParseFromString(golden("row_device")));
  EXPECT_EQ(device.SerializeAsString(), golden("row_device"));
  EXPECT_EQ(device.ordinal(), 300u);
  EXPECT_EQ(device.tags(0), "beta");
  internal::MessageRow message;
  ASSERT_TRUE(message.ParseFromString(golden("row_message")));
  EXPECT_EQ(message.SerializeAsString(), golden("row_message"));
  expect_golden_envelope(message.envelope());
  EXPECT_FALSE(message.is_cast());
  EXPECT_EQ(message.targeted(), 2u);
  EXPECT_EQ(message.dropped(), 1u);
}

TEST(GoldenRecordTest, DevicesOfFormat2) {
  const auto registered = record("device_registered_2").device_registered();
  EXPECT_EQ(registered.sdk_version(), "0.1.0");
  EXPECT_EQ(registered.language(), "ja");
  EXPECT_EQ(registered.time_zone(), "Asia/Tokyo");
  EXPECT_EQ(registered.alias(), "mia");
  EXPECT_EQ(registered.region(), "xn76");
  const auto changed = record("device_changed_2").device_changed();
  EXPECT_TRUE(changed.has_language() && changed.language().empty());
  EXPECT_FALSE(changed.has_time_zone());
  EXPECT_EQ(changed.region(), "wx4g");
  const auto deleted = record("devices_deleted").devices_deleted();
  EXPECT_EQ(deleted.devices().ids(0), device_id);
  EXPECT_EQ(deleted.deleted_at_ms(), 1'795'000'000'002u);
  EXPECT_EQ(record("alias_deleted").devices_deleted().alias(), "mia");
  const auto seen = record("devices_seen").devices_seen();
  EXPECT_EQ(seen.day(), 20'775u);
  EXPECT_EQ(seen.apps(0).seen(0).ordinals(1), 300u);
  const auto audience = record("audience_changed").audience_changed();
  EXPECT_EQ(audience.name(), "testers");
  EXPECT_TRUE(audience.clear());
  EXPECT_EQ(audience.add(0), device_id);
}

TEST(GoldenRecordTest, MessagesOfFormat2) {
  const auto recalled = record("message_recalled").message_recalled();
  EXPECT_EQ(recalled.message_id(), 0x0123456789abcdefu);
  EXPECT_EQ(recalled.recalled_at_ms(), 1'795'000'000'003u);
  expect_golden_envelope(recalled.notice());
  const auto to_audience = record("message_to_audience").message_accepted();
  expect_golden_envelope(to_audience.envelope());
  EXPECT_EQ(to_audience.envelope().collapse_key(), "score");
  EXPECT_EQ(to_audience.audience(), "tag:news and not seen<=30d");
}

TEST(GoldenRowTest, Format2) {
  internal::DeviceRow device;
  ASSERT_TRUE(device.ParseFromString(golden("row_device_2")));
  EXPECT_EQ(device.SerializeAsString(), golden("row_device_2"));
  EXPECT_EQ(device.alias(), "mia");
  EXPECT_EQ(device.assigned_at_ms(), 1'795'000'000'000u);
  internal::MessageRow message;
  ASSERT_TRUE(message.ParseFromString(golden("row_message_2")));
  EXPECT_EQ(message.SerializeAsString(), golden("row_message_2"));
  EXPECT_EQ(message.recalled_at_ms(), 1'795'000'000'003u);
  EXPECT_EQ(message.notice_id(), 0x0123456789abcdf0u);
  internal::CollapseRow collapse;
  ASSERT_TRUE(collapse.ParseFromString(golden("row_collapse")));
  EXPECT_EQ(collapse.SerializeAsString(), golden("row_collapse"));
  EXPECT_EQ(collapse.message_ids(1), 0x0123456789abcdf0u);
}

TEST(GoldenRecordTest, AppsOfFormat3) {
  const auto put = record("app_key_put").app_changed();
  EXPECT_EQ(put.app_id(), 7u);
  EXPECT_EQ(put.key().key_id(), "ci");
  EXPECT_EQ(put.key().key_hash()[31], 31);
  EXPECT_EQ(put.key().scopes(), 18u);
  EXPECT_EQ(put.key().label(), "CI server");
  EXPECT_EQ(put.key().created_at_ms(), 1'795'000'000'004u);
  EXPECT_EQ(put.key().expires_at_ms(), 1'795'003'600'004u);
  EXPECT_EQ(put.changed_at_ms(), 1'795'000'000'004u);
  EXPECT_EQ(record("app_key_removed").app_changed().removed_key_id(), "default");
  const auto settings = record("app_settings").app_changed().settings();
  EXPECT_EQ(settings.sends_per_s(), 50u);
  EXPECT_EQ(settings.send_burst(), 100u);
  EXPECT_EQ(settings.payload_bytes_max(), 2048u);
  EXPECT_EQ(settings.live_casts_max(), 300u);
  EXPECT_TRUE(settings.everyone_needs_release());
  EXPECT_EQ(settings.messages_per_device_per_day(), 9u);
  EXPECT_EQ(settings.webhook_url(), "https://example.org/hook");
  EXPECT_EQ(settings.webhook_secret(), "quiet");
}

TEST(GoldenRecordTest, MessagesOfFormat3) {
  const auto put = record("schedule_put").schedule_changed();
  EXPECT_EQ(put.schedule_id(), 0x0123456789abcdefu);
  EXPECT_EQ(put.put().due_at_ms(), 1'795'003'600'123u);
  EXPECT_EQ(put.put().request(), "later");
  EXPECT_EQ(put.put().created_at_ms(), 1'795'000'000'007u);
  EXPECT_EQ(put.changed_at_ms(), 1'795'000'000'007u);
  EXPECT_EQ(put.idempotency_key(), "call-2");
  EXPECT_EQ(put.fingerprint(), "fp");
  EXPECT_TRUE(record("schedule_removed").schedule_changed().removed());
  const auto labelled = record("message_labelled").message_accepted();
  expect_golden_envelope(labelled.envelope());
  EXPECT_EQ(labelled.envelope().label(), "morning");
  EXPECT_EQ(labelled.envelope().group(), "digest");
  EXPECT_EQ(labelled.idempotency_key(), "call-1");
  EXPECT_EQ(labelled.fingerprint(), "fp");
  const auto delivery = record("messages_delivered_3").messages_delivered().deliveries(0);
  ASSERT_EQ(delivery.latency_buckets_size(), 2);
  EXPECT_EQ(delivery.latency_buckets(1), 41u);
  EXPECT_EQ(delivery.latency_counts(1), 300u);
  const auto timed = record("messages_delivered_timed").messages_delivered();
  EXPECT_EQ(timed.gathered_at_ms(), 1'795'000'000'008u);
  EXPECT_EQ(timed.deliveries(0).SerializeAsString(), delivery.SerializeAsString());
}

TEST(GoldenRecordTest, RolloutsOfFormat3) {
  const auto accepted = record("message_rolled_out").message_accepted();
  EXPECT_TRUE(accepted.everyone());
  EXPECT_EQ(accepted.frequency_cap(), 5u);
  EXPECT_EQ(accepted.rollout().per_s(), 500u);
  EXPECT_EQ(accepted.rollout().over_ms(), 7'200'000u);
  EXPECT_EQ(accepted.rollout().canary_permille(), 10u);
  EXPECT_EQ(accepted.rollout().canary_watch_ms(), 600'000u);
  EXPECT_EQ(accepted.rollout().canary_delivered_percent(), 90u);
  const internal::DeliveryConditions& conditions = accepted.envelope().conditions();
  EXPECT_EQ(conditions.window_from_min(), 540u);
  EXPECT_EQ(conditions.window_until_min(), 1290u);
  EXPECT_EQ(conditions.local_from_min(), 29'916'666u);
  EXPECT_EQ(conditions.device_conditions(), 3u);
  EXPECT_EQ(conditions.variants(0).platform(), "ios");
  EXPECT_EQ(conditions.variants(0).push_frame().size(), 2u);
  const auto released = record("rollout_released").rollout_stepped();
  EXPECT_EQ(released.message_id(), 0x0123456789abcdefu);
  EXPECT_EQ(released.step(), 2u);
  EXPECT_EQ(released.stepped_at_ms(), 1'795'000'000'777u);
  EXPECT_EQ(released.release(), 1000u);
  EXPECT_TRUE(record("rollout_passed").rollout_stepped().canary_passed());
  EXPECT_EQ(record("rollout_stopped").rollout_stepped().stop(), "enough");
}

// The bytes of a row, read as what it is.
template <typename Row>
Row row(const std::string& name) {
  Row parsed;
  EXPECT_TRUE(parsed.ParseFromString(golden(name)));
  EXPECT_EQ(to_hex(as_bytes(parsed.SerializeAsString())), to_hex(as_bytes(golden(name)))) << name;
  return parsed;
}

TEST(GoldenRowTest, Rollout) {
  const auto rollout = row<internal::RolloutRow>("row_rollout");
  EXPECT_EQ(rollout.plan().per_s(), 500u);
  EXPECT_EQ(rollout.state(), internal::RolloutRow::STOPPED);
  EXPECT_EQ(rollout.steps(), 4u);
  EXPECT_EQ(rollout.targeted(), 3000u);
  EXPECT_EQ(rollout.released(), 1000u);
  EXPECT_EQ(rollout.canaries(), 30u);
  EXPECT_EQ(rollout.canary_at_ms(), 1'795'000'000'700u);
  EXPECT_EQ(rollout.paced_from_ms(), 1'795'000'000'778u);
  EXPECT_EQ(rollout.stop_reason(), "enough");
}

TEST(GoldenRowTest, Format3) {
  const auto app = row<internal::AppRow>("row_app");
  EXPECT_EQ(app.name(), "weather");
  EXPECT_EQ(app.created_at_ms(), 1'795'000'000'000u);
  EXPECT_EQ(app.keys(0).key_id(), "ci");
  EXPECT_EQ(app.settings().sends_per_s(), 50u);
  EXPECT_TRUE(app.creation_key_is_gone());
  const auto answer = row<internal::IdempotencyRow>("row_idempotency");
  EXPECT_EQ(answer.message_id(), 0x0123456789abcdefu);
  EXPECT_EQ(answer.fingerprint(), "fp");
  EXPECT_EQ(answer.accepted_at_ms(), 1'795'000'000'123u);
  EXPECT_EQ(answer.expires_at_ms(), 1'795'003'600'123u);
  EXPECT_EQ(answer.kept_until_ms(), 1'795'086'400'123u);
  EXPECT_EQ(row<internal::Scheduled>("row_schedule").request(), "later");
  const auto activity = row<internal::ActivityRow>("row_activity");
  EXPECT_EQ(activity.messages(), 1u);
  EXPECT_EQ(activity.targeted(), 300u);
  EXPECT_EQ(activity.delivered(), 299u);
  EXPECT_EQ(activity.opened(), 3u);
  EXPECT_EQ(activity.dropped(), 1u);
  const auto latency = row<internal::LatencyRow>("row_latency");
  EXPECT_EQ(latency.expires_at_ms(), 1'795'003'600'123u);
  EXPECT_EQ(latency.deliveries(3), 300u);
}

void expect_golden_event(const internal::WebhookEventRow& event) {
  EXPECT_EQ(event.sequence(), 42u);
  EXPECT_EQ(event.kind(), 2u);
  EXPECT_EQ(event.message_id(), 0x0123456789abcdefu);
  EXPECT_EQ(event.at_ms(), 1'795'000'000'123u);
  EXPECT_EQ(event.devices(0).partition(), 160u);
  EXPECT_EQ(event.devices(0).ordinals(1), 300u);
}

TEST(GoldenRecordTest, Webhooks) {
  const auto advanced = record("webhook_advanced").webhook_advanced();
  EXPECT_EQ(advanced.app_id(), 7u);
  EXPECT_EQ(advanced.first(), 40u);
  EXPECT_EQ(advanced.last(), 42u);
  EXPECT_EQ(advanced.advanced_at_ms(), 1'795'000'000'008u);
  EXPECT_FALSE(advanced.has_given_up());
  const auto given_up = record("webhook_given_up").webhook_advanced().given_up();
  EXPECT_EQ(given_up.attempts(), 12u);
  EXPECT_EQ(given_up.error(), "answered 410");
  const auto letters = record("dead_letters_changed").dead_letters_changed();
  EXPECT_EQ(letters.ids(1), 300u);
  EXPECT_TRUE(letters.retried());
  EXPECT_EQ(letters.changed_at_ms(), 1'795'000'000'009u);
  const auto delivered = record("messages_delivered_gathered").messages_delivered();
  EXPECT_EQ(delivered.gathered_at_ms(), 1'795'000'000'010u);
}

TEST(GoldenRowTest, Webhooks) {
  expect_golden_event(row<internal::WebhookEventRow>("row_webhook_event"));
  const auto queue = row<internal::WebhookQueueRow>("row_webhook_queue");
  EXPECT_EQ(queue.next(), 43u);
  EXPECT_EQ(queue.first(), 40u);
  EXPECT_EQ(queue.events(), 3u);
  EXPECT_EQ(queue.bytes(), 90u);
  EXPECT_EQ(queue.dropped_events(), 5u);
  EXPECT_EQ(queue.dead_letters(), 2u);
  EXPECT_EQ(queue.dropped_dead_letters(), 1u);
  const auto letter = row<internal::DeadLetterRow>("row_dead_letter");
  expect_golden_event(letter.events(0));
  EXPECT_EQ(letter.attempts(), 12u);
  EXPECT_EQ(letter.error(), "answered 410");
  EXPECT_EQ(letter.failed_at_ms(), 1'795'000'000'008u);
}

// A row of format 2 was an AppCreated.
TEST(GoldenRowTest, AnAppOfFormat2IsReadAsOneOfFormat3) {
  internal::AppRow app;
  const auto created = record("app_created").app_created();
  ASSERT_TRUE(app.ParseFromString(created.SerializeAsString()));
  EXPECT_EQ(app.name(), "weather");
  EXPECT_EQ(app.send_key_hash(), created.send_key_hash());
  EXPECT_EQ(app.created_at_ms(), created.created_at_ms());
  EXPECT_EQ(app.SerializeAsString(), created.SerializeAsString());
}

std::string bytes_0_to_255() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

TEST(GoldenLogFileTest, IsWrittenAsEver) {
  std::string file;
  cluster::append_log_file_head(41, file);
  cluster::append_log_record(41, true, "one", file);
  cluster::append_log_record(42, true, "two", file);
  cluster::append_log_record(43, false, "", file);
  cluster::append_log_record(44, true, bytes_0_to_255(), file);
  EXPECT_EQ(to_hex(as_bytes(file)), to_hex(as_bytes(golden("log_file"))));
}

TEST(GoldenLogFileTest, IsReadAsEver) {
  cluster::Position first = 0;
  ASSERT_EQ(cluster::read_log_file_head(golden("log_file"), first), cluster::LogFileHead::ok);
  EXPECT_EQ(first, 41u);
  cluster::LogFileReader reader(golden("log_file"), first);
  cluster::LogRecordView record;
  for (const auto& [bytes, begins] : {std::pair<std::string, bool>{"one", true},
                                      {"two", true},
                                      {"", false},
                                      {bytes_0_to_255(), true}}) {
    ASSERT_EQ(reader.next(record), cluster::LogFileReader::Step::record);
    EXPECT_EQ(record.bytes, bytes);
    EXPECT_EQ(record.begins_commit, begins);
  }
  EXPECT_EQ(reader.next(record), cluster::LogFileReader::Step::end);
}

}  // namespace
}  // namespace tocsin
