#include "storage/check/detail_check.h"

#include <fmt/format.h>

#include "storage/store/detail_row.h"
#include "storage/tables/messages.h"

namespace tocsin::storage {
namespace {

class DetailCheck {
 public:
  explicit DetailCheck(StoreUnderCheck& checked) : checked_(checked), messages_(checked.store()) {}

  void check_row(std::string_view key, std::string_view value);
  void check_count();

 private:
  void check_activity(const ActivityKey& activity, std::string_view key, std::string_view value);
  void wrong(std::string_view key, std::string_view what) {
    checked_.finding(Family::details, key, what);
  }

  StoreUnderCheck& checked_;
  Messages messages_;
  uint64_t labels_ = 0;
};

std::string_view text_of(const internal::Envelope& envelope, Detail kind) {
  switch (kind) {
    case Detail::label:
      return envelope.label();
    case Detail::group:
      return envelope.group();
    case Detail::latency:
      break;
  }
  return {};
}

void DetailCheck::check_activity(const ActivityKey& activity, std::string_view key,
                                 std::string_view value) {
  internal::ActivityRow row;
  const bool parsed = row.ParseFromArray(value.data(), static_cast<int>(value.size()));
  if (!parsed || activity.begins_at_ms % step_ms(activity.step) != 0) {
    return wrong(key, "is not what happened in a minute or an hour");
  }
  if (!checked_.known.apps.contains(activity.app.value)) {
    wrong(key, fmt::format("is of app number {}, which does not exist", activity.app.value));
  }
}

void DetailCheck::check_row(std::string_view key, std::string_view value) {
  if (const auto activity = activity_of_key(key)) return check_activity(*activity, key, value);
  const auto detail = detail_of_key(key);
  const auto expires_at_ms = detail ? expiry_of_detail(*detail, value) : std::nullopt;
  if (!expires_at_ms) return wrong(key, "is no detail of a message");
  if (report_may_be_gone(*expires_at_ms, checked_.store().log_time())) return;
  const auto row = messages_.row(detail->app, detail->message);
  if (!row.ok()) return;  // the pass over `casts` reports it
  if (!row->has_value() || (*row)->envelope().expires_at_ms() != *expires_at_ms) {
    return wrong(key, fmt::format("is of message {} of app number {}, which is not stored",
                                  detail->message.text(), detail->app.value));
  }
  if (text_of((*row)->envelope(), detail->kind) != detail->text) {
    return wrong(key, fmt::format("message {} has another label or group than this one",
                                  detail->message.text()));
  }
  if (detail->kind != Detail::latency) ++labels_;
}

void DetailCheck::check_count() {
  if (labels_ == checked_.known.labels) return;
  checked_.finding(fmt::format("messages have {} labels and groups, but {} lists of them",
                               checked_.known.labels, labels_));
}

}  // namespace

void check_details(StoreUnderCheck& checked) {
  DetailCheck check(checked);
  checked.each_row(Family::details, [&](auto key, auto value) { check.check_row(key, value); });
  check.check_count();
}

}  // namespace tocsin::storage
