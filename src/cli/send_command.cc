#include <algorithm>
#include <fmt/format.h>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/list_upload.h"
#include "cli/live_watch.h"
#include "cli/send_time.h"
#include "cli/table.h"
#include "cli/watch.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

void set_target(const Arguments& arguments, v1::SendRequest& request) {
  if (arguments.devices.size() == 1) {
    request.set_device(arguments.devices[0]);
  } else if (!arguments.devices.empty()) {
    for (const std::string& id : arguments.devices) request.mutable_devices()->add_ids(id);
  } else if (arguments.everyone) {
    request.set_everyone(true);
  } else if (!arguments.alias.empty()) {
    request.set_alias(arguments.alias);
  } else if (!arguments.audience.empty()) {
    request.set_audience(arguments.audience);
  } else if (arguments.to_file.empty()) {
    request.set_tag(arguments.tag);
  }
  request.set_exclude(arguments.exclude);
}

void set_notification(const Arguments& arguments, v1::SendRequest& request) {
  const Presentation& looks = arguments.presentation;
  v1::Notification notification;
  notification.set_title(arguments.title);
  notification.set_body(arguments.body);
  notification.set_image(looks.image);
  notification.set_click_action(looks.click_action);
  if (looks.badge) notification.set_badge(*looks.badge);
  notification.set_sound(looks.sound);
  notification.set_channel(looks.channel);
  notification.set_title_loc_key(looks.title_loc_key);
  for (const std::string& text : looks.title_loc_args) notification.add_title_loc_args(text);
  notification.set_body_loc_key(looks.body_loc_key);
  for (const std::string& text : looks.body_loc_args) notification.add_body_loc_args(text);
  if (notification.ByteSizeLong() > 0) *request.mutable_notification() = notification;
}

void set_hours(const std::string& text, v1::LocalHours& hours) {
  hours.set_from(text.substr(0, 5));
  hours.set_until(text.substr(6));
}

void set_seconds(const std::optional<uint64_t>& seconds, google::protobuf::Duration& to) {
  if (seconds) to.set_seconds(static_cast<int64_t>(*seconds));
}

void set_rollout(const Pace& pace, v1::SendRequest& request) {
  if (pace.per_s) request.mutable_pacing()->set_per_s(*pace.per_s);
  if (pace.over_s) set_seconds(pace.over_s, *request.mutable_pacing()->mutable_over());
  if (!pace.canary_percent) return;
  v1::Canary& canary = *request.mutable_canary();
  canary.set_percent(*pace.canary_percent);
  if (pace.canary_watch_s) set_seconds(pace.canary_watch_s, *canary.mutable_watch());
  canary.set_min_delivered_percent(pace.canary_delivered_percent.value_or(0));
}

// An override that is not JSON is wrong usage, as is one that has fields nobody knows.
absl::Status set_pace(const Pace& pace, v1::SendRequest& request) {
  if (!pace.window.empty()) set_hours(pace.window, *request.mutable_display_window());
  if (!pace.quiet_hours.empty()) set_hours(pace.quiet_hours, *request.mutable_quiet_hours());
  request.set_local_time(pace.local_time);
  if (pace.if_unmetered) request.mutable_deliver_if()->set_unmetered(true);
  if (pace.if_charging) request.mutable_deliver_if()->set_charging(true);
  set_rollout(pace, request);
  request.set_ignore_frequency_cap(pace.ignore_frequency_cap);
  for (const auto& [platform, json] : pace.overrides) {
    const auto parsed = google::protobuf::util::JsonStringToMessage(
        json, &(*request.mutable_platforms())[platform]);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("--override {}: {}", platform, std::string(parsed.message())));
    }
  }
  return absl::OkStatus();
}

v1::SendRequest request_of(const Arguments& arguments) {
  v1::SendRequest request;
  set_target(arguments, request);
  set_notification(arguments, request);
  for (const auto& [key, value] : arguments.data) (*request.mutable_data())[key] = value;
  if (!arguments.ttl.empty()) TimeUtil::FromString(arguments.ttl, request.mutable_ttl());
  request.set_collapse_key(arguments.collapse_key);
  std::string priority = arguments.priority;
  std::transform(priority.begin(), priority.end(), priority.begin(), ::toupper);
  v1::SendRequest::Priority value;
  if (v1::SendRequest::Priority_Parse(priority, &value)) request.set_priority(value);
  request.set_validate_only(arguments.dry_run);
  request.set_idempotency_key(arguments.idempotency_key);
  if (const auto time = parse_send_time(arguments.at, wall_ms())) {
    *request.mutable_send_time() = *time;
  }
  request.set_label(arguments.label);
  request.set_group(arguments.group);
  request.set_release(arguments.release);
  return request;
}

std::string audience_text(const v1::SendResponse& response) {
  const v1::AudienceCount& audience = response.audience();
  const auto ms = TimeUtil::DurationToMilliseconds(response.estimated_duration());
  return "It would reach now:\n\n" +
         table({{"devices", fmt::format("{}", audience.devices())},
                {"  online", fmt::format("{}", audience.online())},
                {"  offline", fmt::format("{}", audience.offline())},
                {"estimated duration", duration_text(static_cast<uint64_t>(ms))}});
}

bool is_held(const v1::SendResponse& response) {
  return response.has_release_token() && response.message_id().empty();
}

std::string text_of(const v1::SendResponse& response) {
  if (is_held(response)) return "Nothing sent: it waits for a release. " + audience_text(response);
  if (response.message_id().empty()) return "Nothing sent. " + audience_text(response);
  if (response.has_send_time()) {
    return fmt::format("Scheduled {}, to be sent at {}.\n", response.message_id(),
                       TimeUtil::ToString(response.send_time()));
  }
  return fmt::format("Accepted {}, worth delivering until {}.\n", response.message_id(),
                     TimeUtil::ToString(response.expire_time()));
}

// The token is for just this request, so a time that was given from now must stay what it became.
std::string release_hint(const v1::SendRequest& request, const v1::SendResponse& response) {
  const std::string at = request.has_send_time()
                             ? fmt::format("--at {} and ", TimeUtil::ToString(request.send_time()))
                             : "";
  return fmt::format(
      "tocsin: to send it, repeat the same command within 10 minutes with {}--release {}\n", at,
      response.release_token());
}

int follow(const Session& session, const std::string& key, const std::string& message) {
  return LiveWatch(session, key, message).run(/*fresh=*/true);
}

int wait_for(const Session& session, const std::string& key, const std::string& message) {
  Watch watch(session, key, message);
  const int code = watch.run(monotonic_ms() + session.arguments.wait_s_max * 1000, true);
  if (code == ExitCode::ok || code == ExitCode::pending) watch.write_report();
  if (code == ExitCode::pending) {
    session.console.err << fmt::format(
        "tocsin: not everybody has it yet; see later with: tocsin report --app {} {}\n",
        session.arguments.app, message);
  }
  return code;
}

}  // namespace

int send(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::SendRequest request = request_of(session.arguments);
  if (const auto status = set_pace(session.arguments.pace, request); !status.ok()) {
    return wrong_usage(session.console, status);
  }
  const auto answer = session.arguments.to_file.empty()
                          ? session.api.post(messages_path(session), *key, request)
                          : send_to_list(session, *key, request);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::SendResponse response;
  const bool readable = parse_answer(answer->body, response);
  session.console.out << (session.arguments.json || !readable ? answer->body : text_of(response));
  if (!readable) return ExitCode::ok;
  if (is_held(response)) {
    session.console.err << release_hint(request, response);
    return ExitCode::refused;
  }
  if (session.arguments.watch) return follow(session, *key, response.message_id());
  if (!session.arguments.wait) return ExitCode::ok;
  return wait_for(session, *key, response.message_id());
}

}  // namespace tocsin::cli
