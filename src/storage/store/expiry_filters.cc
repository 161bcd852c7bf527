#include "storage/store/expiry_filters.h"

#include <string_view>
#include <utility>

#include "storage/store/detail_row.h"
#include "storage/store/inbox_row.h"
#include "storage/store/keys.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

using MayGo = bool (*)(std::string_view key, std::string_view value, const LogTime& time);

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class ExpiryFilter : public rocksdb::CompactionFilter {
 public:
  ExpiryFilter(const char* name, MayGo may_go, std::shared_ptr<const LogTime> time)
      : name_(name), may_go_(may_go), time_(std::move(time)) {}

  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    return may_go_(view(key), view(value), *time_);
  }
  bool FilterMergeOperand(int, const rocksdb::Slice& key,
                          const rocksdb::Slice& operand) const override {
    return may_go_(view(key), view(operand), *time_);
  }
  const char* Name() const override { return name_; }

 private:
  const char* name_;
  MayGo may_go_;
  std::shared_ptr<const LogTime> time_;
};

class ExpiryFilterFactory : public rocksdb::CompactionFilterFactory {
 public:
  ExpiryFilterFactory(const char* name, MayGo may_go, std::shared_ptr<const LogTime> time)
      : name_(name), may_go_(may_go), time_(std::move(time)) {}

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<ExpiryFilter>(name_, may_go_, time_);
  }
  const char* Name() const override { return name_; }

 private:
  const char* name_;
  MayGo may_go_;
  std::shared_ptr<const LogTime> time_;
};

// Rows that cannot be read are kept: reading them reports it, deleting them would hide it.
bool inbox_may_go(std::string_view, std::string_view value, const LogTime& time) {
  const auto row = InboxRow::parse(value);
  return row && inbox_row_may_go(row->expires_at_ms, time);
}

bool message_may_go(std::string_view, std::string_view value, const LogTime& time) {
  internal::MessageRow row;
  return row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
         report_may_go(row.envelope().expires_at_ms(), time);
}

bool set_may_go(std::string_view key, std::string_view, const LogTime& time) {
  if (const auto day = day_of_seen_key(key)) return seen_day_may_go(*day, time);
  if (const auto day = day_of_frequency_key(key)) return frequency_day_may_go(*day, time);
  const auto book = book_of_set_key(key);
  return book && report_may_go(book->expires_at_ms, time);
}

bool collapse_may_go(std::string_view, std::string_view value, const LogTime& time) {
  internal::CollapseRow row;
  return row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
         inbox_row_may_go(row.expires_at_ms(), time);
}

bool idempotency_may_go(std::string_view, std::string_view value, const LogTime& time) {
  internal::IdempotencyRow row;
  return row.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
         inbox_row_may_go(row.kept_until_ms(), time);
}

bool detail_may_go(std::string_view key, std::string_view value, const LogTime& time) {
  if (const auto activity = activity_of_key(key)) {
    return activity_may_go(activity->step, activity->begins_at_ms, time);
  }
  const auto detail = detail_of_key(key);
  const auto expires_at_ms = detail ? expiry_of_detail(*detail, value) : std::nullopt;
  return expires_at_ms && report_may_go(*expires_at_ms, time);
}

}  // namespace

FilterFactory make_inbox_filter(std::shared_ptr<const LogTime> log_time) {
  return std::make_shared<ExpiryFilterFactory>("tocsin.inbox", inbox_may_go, std::move(log_time));
}

FilterFactory make_message_filter(std::shared_ptr<const LogTime> log_time) {
  return std::make_shared<ExpiryFilterFactory>("tocsin.casts", message_may_go, std::move(log_time));
}

FilterFactory make_set_filter(std::shared_ptr<const LogTime> log_time) {
  return std::make_shared<ExpiryFilterFactory>("tocsin.sets", set_may_go, std::move(log_time));
}

FilterFactory make_collapse_filter(std::shared_ptr<const LogTime> log_time) {
  return std::make_shared<ExpiryFilterFactory>("tocsin.collapse", collapse_may_go,
                                               std::move(log_time));
}

FilterFactory make_idempotency_filter(std::shared_ptr<const LogTime> log_time) {
  return std::make_shared<ExpiryFilterFactory>("tocsin.idempotency", idempotency_may_go,
                                               std::move(log_time));
}

FilterFactory make_detail_filter(std::shared_ptr<const LogTime> log_time) {
  return std::make_shared<ExpiryFilterFactory>("tocsin.details", detail_may_go,
                                               std::move(log_time));
}

}  // namespace tocsin::storage
