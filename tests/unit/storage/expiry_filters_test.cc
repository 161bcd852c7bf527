#include "storage/store/expiry_filters.h"

#include <gtest/gtest.h>

#include "storage/store/detail_row.h"
#include "storage/store/inbox_row.h"
#include "storage/store/keys.h"

#include "tests/unit/storage/records.h"

namespace tocsin::storage {
namespace {

class ExpiryFiltersTest : public testing::Test {
 protected:
  static bool goes(const FilterFactory& factory, const std::string& key, const std::string& value) {
    std::string new_value;
    bool changed = false;
    return factory->CreateCompactionFilter({})->Filter(0, key, value, &new_value, &changed);
  }
  static std::string inbox_row(uint64_t expires_at_ms) {
    return InboxRow{expires_at_ms, test::app}.serialize();
  }
  static std::string message_row(uint64_t expires_at_ms) {
    internal::MessageRow row;
    row.mutable_envelope()->set_expires_at_ms(expires_at_ms);
    return row.SerializeAsString();
  }

  const uint64_t now_ms_ = wall_ms();
  std::shared_ptr<LogTime> time_ = std::make_shared<LogTime>();
};

TEST_F(ExpiryFiltersTest, InboxRowsGoOnceTheirAcksNoLongerCount) {
  const auto filter = make_inbox_filter(time_);
  time_->set(now_ms_);
  EXPECT_FALSE(goes(filter, "", inbox_row(now_ms_ - 2 * limits::late_ack_ms_max)));
  EXPECT_TRUE(goes(filter, "", inbox_row(now_ms_ - 2 * limits::late_ack_ms_max - 1)));
  EXPECT_FALSE(goes(filter, "", "not a row"));
  time_->set(now_ms_ - limits::late_ack_ms_max);
  EXPECT_FALSE(goes(filter, "", inbox_row(now_ms_ - 2 * limits::late_ack_ms_max - 1)))
      << "the log has not got so far";
}

TEST_F(ExpiryFiltersTest, ARecordFromTheFutureDeletesNothing) {
  const auto filter = make_inbox_filter(time_);
  time_->set(now_ms_ + 1000 * report_retention_ms);
  EXPECT_FALSE(goes(filter, "", inbox_row(now_ms_)));
}

TEST_F(ExpiryFiltersTest, ReportsGoWithTheirRetentionRowAndSetsTogether) {
  const auto rows = make_message_filter(time_);
  const auto sets = make_set_filter(time_);
  time_->set(now_ms_);
  const uint64_t old_ms = now_ms_ - report_retention_ms - 2 * limits::late_ack_ms_max;
  const auto set_of = [](uint64_t expires_at_ms) {
    return set_key(book_set_prefix({MessageId{5}, expires_at_ms}, BookSet::delivered), 3);
  };
  EXPECT_TRUE(goes(rows, "", message_row(old_ms)));
  EXPECT_TRUE(goes(sets, set_of(old_ms), "any"));
  EXPECT_FALSE(goes(rows, "", message_row(now_ms_ - report_retention_ms)));
  EXPECT_FALSE(goes(sets, set_of(now_ms_ - report_retention_ms), "any"));
  EXPECT_FALSE(goes(rows, "", "\xff"));
  EXPECT_FALSE(goes(sets, set_key(app_set_prefix(test::app), 3), "any"));
  EXPECT_FALSE(goes(sets, set_key(tag_set_prefix(test::app, "sixteen bytes ta"), 3), "any"));
}

TEST_F(ExpiryFiltersTest, AnswersGoOnceNobodyCanAskForThem) {
  const auto filter = make_idempotency_filter(time_);
  time_->set(now_ms_);
  const auto row = [](uint64_t kept_until_ms) {
    internal::IdempotencyRow row;
    row.set_kept_until_ms(kept_until_ms);
    return row.SerializeAsString();
  };
  EXPECT_FALSE(goes(filter, "", row(now_ms_ - 2 * limits::late_ack_ms_max)));
  EXPECT_TRUE(goes(filter, "", row(now_ms_ - 2 * limits::late_ack_ms_max - 1)));
  EXPECT_FALSE(goes(filter, "", "\xff"));
}

TEST_F(ExpiryFiltersTest, DetailsGoWithTheReport) {
  const auto filter = make_detail_filter(time_);
  time_->set(now_ms_);
  const uint64_t old_ms = now_ms_ - report_retention_ms - 2 * limits::late_ack_ms_max;
  const uint64_t kept_ms = now_ms_ - report_retention_ms;
  const std::string label = label_key(test::app, Detail::label, "news", MessageId{5});
  const std::string latency = latency_key(test::app, MessageId{5});
  const auto latencies = [](uint64_t expires_at_ms) {
    internal::LatencyRow row;
    row.set_expires_at_ms(expires_at_ms);
    return row.SerializeAsString();
  };
  EXPECT_TRUE(goes(filter, label, label_row(old_ms)));
  EXPECT_FALSE(goes(filter, label, label_row(kept_ms)));
  EXPECT_FALSE(goes(filter, label, "not a row"));
  EXPECT_TRUE(goes(filter, latency, latencies(old_ms)));
  EXPECT_FALSE(goes(filter, latency, latencies(kept_ms)));
  EXPECT_FALSE(goes(filter, "not a key", label_row(old_ms)));
}

}  // namespace
}  // namespace tocsin::storage
