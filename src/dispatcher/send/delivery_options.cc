#include "dispatcher/send/delivery_options.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

#include <absl/time/time.h>

#include "base/limits.h"
#include "json/timestamp.h"
#include "wire/conditions.h"

namespace tocsin::dispatcher {
namespace {

// Local time is between 12 hours behind UTC and 14 hours ahead of it.
constexpr uint64_t latest_zone_ms = 12 * 3'600'000;
constexpr uint64_t canary_watch_ms_default = 600'000;
constexpr uint32_t canary_delivered_percent_default = 90;

// "HH:MM" in minutes.
std::optional<uint32_t> minutes_of(const std::string& text) {
  const auto is_digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  if (!is_digit(0) || !is_digit(1) || !is_digit(3) || !is_digit(4)) return std::nullopt;
  const auto number = [&](size_t at) {
    return static_cast<uint32_t>((text[at] - '0') * 10 + text[at + 1] - '0');
  };
  if (number(0) > 23 || number(3) > 59) return std::nullopt;
  return number(0) * 60 + number(3);
}

class Options {
 public:
  Options(const v1::SendRequest& request, uint64_t now_ms, Send& send, const OnWrong& wrong)
      : request_(request), now_ms_(now_ms), send_(send), wrong_(wrong) {}

  void check() {
    check_hours();
    check_local_time();
    check_conditions();
    if (request_.has_pacing() || request_.has_canary()) send_.rollout.emplace();
    if (request_.has_pacing()) check_pacing();
    if (request_.has_canary()) check_canary();
    send_.ignores_frequency_cap = request_.ignore_frequency_cap();
  }

 private:
  // A message that waits cannot be an alert, which waits for nothing, nor be now or never.
  void may_wait(const char* field) {
    if (send_.priority == wire::Priority::alert) {
      wrong_(field, "an alert waits for nothing: leave it out, or choose another priority");
    }
    if (send_.ttl_ms == 0) wrong_(field, "a message that is now or never (ttl \"0s\") cannot wait");
  }

  void check_hours() {
    if (request_.has_display_window() && request_.has_quiet_hours()) {
      return wrong_("quiet_hours", "give display_window or quiet_hours, not both");
    }
    if (request_.has_display_window()) {
      check_hours("display_window", request_.display_window().from(),
                  request_.display_window().until());
    }
    // The window is everything but the quiet hours.
    if (request_.has_quiet_hours()) {
      check_hours("quiet_hours", request_.quiet_hours().until(), request_.quiet_hours().from());
    }
  }

  void check_hours(const char* field, const std::string& from, const std::string& until) {
    const auto from_min = minutes_of(from);
    const auto until_min = minutes_of(until);
    if (!from_min || !until_min || *from_min == *until_min) {
      return wrong_(field,
                    "give from and until as two different times of the day, \"00:00\" to "
                    "\"23:59\"");
    }
    may_wait(field);
    send_.conditions.set_window_from_min(*from_min);
    send_.conditions.set_window_until_min(*until_min);
  }

  void check_local_time() {
    if (request_.local_time().empty()) return;
    absl::CivilMinute local;
    if (!absl::ParseCivilTime(request_.local_time(), &local) || local.year() < 1970 ||
        local.year() > 9999) {
      return wrong_("local_time", "must be a date and a time without a zone: \"2026-12-24T09:00\"");
    }
    if (request_.has_send_time()) {
      return wrong_("local_time", "give local_time or send_time, not both");
    }
    may_wait("local_time");
    const auto local_ms =
        static_cast<uint64_t>(absl::ToUnixMillis(absl::FromCivil(local, absl::UTCTimeZone())));
    if (local_ms + latest_zone_ms <= now_ms_) {
      return wrong_("local_time", "has already passed everywhere: leave it out to send now");
    }
    send_.conditions.set_local_from_min(local_ms / 60'000);
    const uint64_t everywhere_ms = local_ms + latest_zone_ms - now_ms_;
    if (!request_.has_ttl()) send_.ttl_ms += everywhere_ms;
    if (send_.ttl_ms > uint64_t{limits::ttl_s_max} * 1000) {
      return wrong_("local_time", "is too far ahead: a message lasts at most 28 days");
    }
    if (send_.ttl_ms <= everywhere_ms) {
      wrong_("ttl",
             "ends before local_time has come everywhere (12 hours behind UTC): make it longer");
    }
  }

  void check_conditions() {
    const v1::DeliverIf& deliver_if = request_.deliver_if();
    uint32_t conditions = 0;
    if (deliver_if.unmetered()) conditions |= static_cast<uint32_t>(wire::Condition::unmetered);
    if (deliver_if.charging()) conditions |= static_cast<uint32_t>(wire::Condition::charging);
    if (conditions == 0) return;
    may_wait("deliver_if");
    send_.conditions.set_device_conditions(conditions);
  }

  void check_pacing() {
    may_wait("pacing");
    internal::Rollout& rollout = *send_.rollout;
    const v1::Pacing& pacing = request_.pacing();
    if (pacing.speed_case() == v1::Pacing::SPEED_NOT_SET) {
      return wrong_("pacing", "give per_s or over");
    }
    if (pacing.has_per_s()) {
      if (pacing.per_s() == 0 || pacing.per_s() > limits::rollout_per_s_max) {
        wrong_("pacing.per_s", fmt::format("must be between 1 and {}", limits::rollout_per_s_max));
      }
      return rollout.set_per_s(pacing.per_s());
    }
    const auto over_ms = json::ms_of(pacing.over());
    if (!over_ms || *over_ms < 1000 || *over_ms > limits::rollout_over_ms_max) {
      return wrong_("pacing.over", "must be between \"1s\" and \"604800s\" (7 days)");
    }
    if (*over_ms >= send_.ttl_ms) wrong_("pacing.over", "must be shorter than the ttl");
    rollout.set_over_ms(*over_ms);
  }

  void check_canary() {
    may_wait("canary");
    internal::Rollout& rollout = *send_.rollout;
    const v1::Canary& canary = request_.canary();
    // NaN is neither below nor above.
    if (!(canary.percent() >= 0.1 && canary.percent() <= 50)) {
      return wrong_("canary.percent", "must be between 0.1 and 50");
    }
    const auto watch_ms =
        canary.has_watch() ? json::ms_of(canary.watch()) : canary_watch_ms_default;
    if (!watch_ms || *watch_ms < limits::canary_watch_ms_min ||
        *watch_ms > limits::canary_watch_ms_max) {
      return wrong_("canary.watch", "must be between \"1s\" and \"86400s\" (24 hours)");
    }
    if (*watch_ms >= send_.ttl_ms) wrong_("canary.watch", "must be shorter than the ttl");
    if (canary.min_delivered_percent() > 100) {
      wrong_("canary.min_delivered_percent", "must be between 1 and 100");
    }
    rollout.set_canary_permille(static_cast<uint32_t>(std::lround(canary.percent() * 10)));
    rollout.set_canary_watch_ms(*watch_ms);
    rollout.set_canary_delivered_percent(canary.min_delivered_percent() == 0
                                             ? canary_delivered_percent_default
                                             : canary.min_delivered_percent());
  }

  const v1::SendRequest& request_;
  uint64_t now_ms_;
  Send& send_;
  const OnWrong& wrong_;
};

}  // namespace

void check_delivery_options(const v1::SendRequest& request, uint64_t now_ms, Send& send,
                            const OnWrong& wrong) {
  Options(request, now_ms, send, wrong).check();
}

v1::SendRequest with_override(const v1::SendRequest& request, const v1::PlatformOverride& instead) {
  v1::SendRequest merged;
  *merged.mutable_notification() = request.notification();
  *merged.mutable_data() = request.data();
  v1::Notification& notification = *merged.mutable_notification();
  // Lists are replaced, not extended.
  if (instead.notification().title_loc_args_size() > 0) notification.clear_title_loc_args();
  if (instead.notification().body_loc_args_size() > 0) notification.clear_body_loc_args();
  notification.MergeFrom(instead.notification());
  for (const auto& [key, value] : instead.data()) (*merged.mutable_data())[key] = value;
  return merged;
}

}  // namespace tocsin::dispatcher
