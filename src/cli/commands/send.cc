// send: one message: to whom, when and how fast.
#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "base/clock.h"
#include "cli/calls/list_upload.h"
#include "cli/calls/live_watch.h"
#include "cli/calls/watch.h"
#include "cli/commands/commands.h"
#include "cli/duration.h"
#include "cli/options.h"
#include "cli/table.h"
#include "json/from_json.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

struct Options {
  v1::SendRequest request;  // what most options write into
  std::vector<std::string> devices;
  std::string to_file;  // of device ids; "-" is standard input
  // The content that devices of a platform get instead, in JSON, by platform.
  std::vector<std::pair<std::string, std::string>> overrides;
  bool wait = false;
  int64_t wait_s_max = 30;
  bool watch = false;
};

void add_target(CLI::App& send, Options& options) {
  v1::SendRequest& request = options.request;
  CLI::App& target = *send.add_option_group("Whom (exactly one)");
  const auto add = [&](const char* name, void (*set)(v1::SendRequest&, const std::string&),
                       const char* help) {
    target.add_option_function<std::string>(
        name, [&request, set](const std::string& value) { set(request, value); }, help);
  };
  target.add_option("--device", options.devices, "Device id; up to 100, repeat the option");
  add(
      "--tag", [](auto& to, auto& tag) { to.set_tag(tag); }, "Every device with this tag");
  add(
      "--alias", [](auto& to, auto& alias) { to.set_alias(alias); }, "Every device of this user");
  add(
      "--audience", [](auto& to, auto& expression) { to.set_audience(expression); },
      "An expression: 'tag:news and not seen<=30d'");
  target.add_flag_callback(
      "--everyone", [&request] { request.set_everyone(true); }, "Every device of the app");
  add_file(target, "--to-file", options.to_file,
           "The device ids in a file, one per line, up to 1,000,000; -: standard input");
  target.require_option(1);
  send.add_option("--exclude", *request.mutable_exclude(),
                  "An expression: devices that match it do not get the message");
}

void add_presentation(CLI::App& send, v1::Notification& looks) {
  CLI::App& group = *send.add_option_group("How the notification looks");
  group.add_option("--image", *looks.mutable_image(), "URL of a picture");
  group.add_option("--click", *looks.mutable_click_action(), "URL or intent to open");
  group.add_option_function<uint32_t>(
      "--badge", [&looks](uint32_t badge) { looks.set_badge(badge); },
      "Number on the app's icon; 0 removes it");
  group.add_option("--sound", *looks.mutable_sound(), "Name of a sound");
  group.add_option("--channel", *looks.mutable_channel(), "Android channel, iOS category");
  group.add_option("--title-loc-key", *looks.mutable_title_loc_key(),
                   "Key of the title in the app's own translations");
  add_repeated(group, "--title-loc-arg", *looks.mutable_title_loc_args(),
               "Its argument; repeat the option");
  group.add_option("--body-loc-key", *looks.mutable_body_loc_key(), "Key of the body, likewise");
  add_repeated(group, "--body-loc-arg", *looks.mutable_body_loc_args(),
               "Its argument; repeat the option");
}

void add_content(CLI::App& send, v1::SendRequest& request) {
  v1::Notification& notification = *request.mutable_notification();
  send.add_option("--title", *notification.mutable_title(), "Title of the notification");
  send.add_option("--body", *notification.mutable_body(), "Text of the notification");
  add_entries(send, "--data", "KEY=VALUE for the app; repeat the option",
              [&request](const std::string& key, const std::string& value) {
                (*request.mutable_data())[key] = value;
              });
  add_presentation(send, notification);
}

void add_delivery(CLI::App& send, v1::SendRequest& request) {
  add_duration(send, "--ttl", "How long it is worth delivering, such as 1h; 0s: now or never",
               [&request](int64_t ttl_s) { request.mutable_ttl()->set_seconds(ttl_s); });
  send.add_option_function<std::string>(
          "--priority",
          [&request](std::string name) {
            std::transform(name.begin(), name.end(), name.begin(), ::toupper);
            v1::SendRequest::Priority priority;
            if (v1::SendRequest::Priority_Parse(name, &priority)) request.set_priority(priority);
          },
          "low, normal, high or alert")
      ->check(CLI::IsMember({"low", "normal", "high", "alert"}, CLI::ignore_case));
  send.add_option("--collapse-key", *request.mutable_collapse_key(),
                  "Replace messages with this key that are still pending");
  send.add_option("--label", *request.mutable_label(), "To find it again: tocsin messages --label");
  send.add_option("--group", *request.mutable_group(), "To find it again: tocsin messages --group");
  send.add_option("--idempotency-key", *request.mutable_idempotency_key(),
                  "Repeated with this key within 24 hours, the call sends nothing more");
  send.add_option("--release", *request.mutable_release(),
                  "Token of the first call, for apps whose sends to everyone are held");
}

// CLI11 calls it; it returns the complaint, or "" if there is none.
std::string check_hours(const std::string& text) {
  if (text.size() == 11 && text[5] == '-') return {};
  return fmt::format("'{}' is not a range of hours like 22:00-07:30", text);
}

void add_hours(CLI::App& group, const char* name, v1::SendRequest& request,
               v1::LocalHours* (v1::SendRequest::*hours)(), const char* help) {
  group
      .add_option_function<std::string>(
          name,
          [&request, hours](const std::string& text) {
            (request.*hours)()->set_from(text.substr(0, 5));
            (request.*hours)()->set_until(text.substr(6));
          },
          help)
      ->check(CLI::Validator(check_hours, ""));
}

void add_conditions(CLI::App& group, v1::SendRequest& request) {
  add_hours(group, "--window", request, &v1::SendRequest::mutable_display_window,
            "Only during these hours, local to the device: 09:00-21:00");
  add_hours(group, "--quiet-hours", request, &v1::SendRequest::mutable_quiet_hours,
            "Never during these hours: 22:00-07:30");
  group.add_option("--local-time", *request.mutable_local_time(),
                   "Not before this time, local to the device: 2026-12-24T09:00");
  group.add_flag_callback(
      "--if-unmetered", [&request] { request.mutable_deliver_if()->set_unmetered(true); },
      "Only on Wi-Fi and the like");
  group.add_flag_callback(
      "--if-charging", [&request] { request.mutable_deliver_if()->set_charging(true); },
      "Only while the device is charging");
}

void add_rollout(CLI::App& group, v1::SendRequest& request) {
  CLI::Option* per_s = group.add_option_function<uint32_t>(
      "--per-s", [&request](uint32_t per_s) { request.mutable_pacing()->set_per_s(per_s); },
      "To at most this many devices per second");
  add_duration(group, "--over", "Evenly over this time, such as 2h", [&request](int64_t over_s) {
    request.mutable_pacing()->mutable_over()->set_seconds(over_s);
  })->excludes(per_s);
  CLI::Option* canary = group.add_option_function<double>(
      "--canary", [&request](double percent) { request.mutable_canary()->set_percent(percent); },
      "First to this percentage; it stops by itself if too few of them get it");
  add_duration(group, "--canary-watch", "How long these are watched (10m)",
               [&request](int64_t watch_s) {
                 request.mutable_canary()->mutable_watch()->set_seconds(watch_s);
               })
      ->needs(canary);
  group
      .add_option_function<uint32_t>(
          "--canary-delivered",
          [&request](uint32_t percent) {
            request.mutable_canary()->set_min_delivered_percent(percent);
          },
          "The percentage of reachable ones that must have it (90)")
      ->needs(canary);
}

void add_pace(CLI::App& send, Options& options) {
  v1::SendRequest& request = options.request;
  CLI::App& group = *send.add_option_group("When and how fast it goes to the devices");
  add_conditions(group, request);
  add_rollout(group, request);
  group.add_flag_callback(
      "--ignore-frequency-cap", [&request] { request.set_ignore_frequency_cap(true); },
      "Also to devices that have had their messages for the day");
  add_entries(group, "--override",
              "PLATFORM=JSON, what its devices get instead: ios={\"notification\":{\"badge\":1}}",
              [&options](const std::string& platform, const std::string& json) {
                options.overrides.emplace_back(platform, json);
              });
}

// Options for what happens after the send, or instead of it.
void add_follow_up(CLI::App& send, Options& options) {
  v1::SendRequest& request = options.request;
  CLI::Option* at = add_at(send, "When: RFC 3339, or from now, such as 10m; see tocsin schedule",
                           [&request](const auto& time) { *request.mutable_send_time() = time; });
  CLI::Option* dry_run = send.add_flag_callback(
      "--dry-run", [&request] { request.set_validate_only(true); },
      "Check it and say whom it would reach; send nothing");
  CLI::Option* wait = send.add_flag("--wait", options.wait, "Wait until no device is pending")
                          ->excludes(at)
                          ->excludes(dry_run);
  send.add_flag("--watch", options.watch, "Follow it, as tocsin watch does")
      ->excludes(at)
      ->excludes(dry_run)
      ->excludes(wait);
  add_duration(send, "--timeout", "With --wait: at most this long (30s)",
               [&options](int64_t wait_s) { options.wait_s_max = wait_s; });
}

// The rest of the request. An override that is not JSON, or has unknown fields, is wrong usage.
absl::StatusOr<v1::SendRequest> request_of(const Options& options) {
  v1::SendRequest request = options.request;
  if (request.notification().ByteSizeLong() == 0) request.clear_notification();
  if (options.devices.size() == 1) request.set_device(options.devices.front());
  if (options.devices.size() > 1) {
    request.mutable_devices()->mutable_ids()->Assign(options.devices.begin(),
                                                     options.devices.end());
  }
  for (const auto& [platform, text] : options.overrides) {
    const auto parsed = json::from_json(text, (*request.mutable_platforms())[platform],
                                        json::UnknownFields::refuse);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("--override {}: {}", platform, std::string(parsed.message())));
    }
  }
  return request;
}

std::string audience_text(const v1::SendResponse& response) {
  const v1::AudienceCount& audience = response.audience();
  const auto ms = TimeUtil::DurationToMilliseconds(response.estimated_duration());
  return "It would now reach:\n\n" +
         table({{"devices", fmt::format("{}", audience.devices())},
                {"  online", fmt::format("{}", audience.online())},
                {"  offline", fmt::format("{}", audience.offline())},
                {"estimated duration", duration_text(static_cast<uint64_t>(ms))}});
}

bool is_held(const v1::SendResponse& response) {
  return response.has_release_token() && response.message_id().empty();
}

std::string send_text(const v1::SendResponse& response) {
  if (is_held(response)) return "Nothing sent: it must be confirmed. " + audience_text(response);
  if (response.message_id().empty()) return "Nothing sent. " + audience_text(response);
  if (response.has_send_time()) {
    return fmt::format("Scheduled {}, to be sent at {}.\n", response.message_id(),
                       TimeUtil::ToString(response.send_time()));
  }
  return fmt::format("Accepted {}, worth delivering until {}.\n", response.message_id(),
                     TimeUtil::ToString(response.expire_time()));
}

// The token is for exactly this request, so a time given from now must stay the time it became.
std::string release_hint(const v1::SendRequest& request, const v1::SendResponse& response) {
  const std::string at = request.has_send_time()
                             ? fmt::format("--at {} and ", TimeUtil::ToString(request.send_time()))
                             : "";
  return fmt::format(
      "tocsin: to send it, repeat the same command within 10 minutes with {}--release {}\n", at,
      response.release_token());
}

int wait_for(const Session& session, const std::string& message, int64_t wait_s_max) {
  Watch watch(session, message);
  const int code = watch.run(monotonic_ms() + static_cast<uint64_t>(wait_s_max) * 1000, true);
  if (code == ExitCode::ok || code == ExitCode::pending) watch.write_report();
  if (code == ExitCode::pending) {
    session.console.err << fmt::format(
        "tocsin: not every device has it yet; look later with: tocsin report --app {} {}\n",
        session.app, message);
  }
  return code;
}

int send(const Session& session, const Options& options) {
  const auto request = request_of(options);
  if (!request.ok()) return wrong_usage(session.console, request.status());
  const auto answer = options.to_file.empty() ? session.api.post(messages_path(session), *request)
                                              : send_to_list(session, options.to_file, *request);
  if (const int code = judge(session, answer); code != ExitCode::ok) return code;
  v1::SendResponse response;
  const bool readable = parse_answer(answer->body, response);
  session.console.out << (session.json || !readable ? answer->body : send_text(response));
  if (!readable) return ExitCode::ok;
  if (is_held(response)) {
    session.console.err << release_hint(*request, response);
    return ExitCode::refused;
  }
  if (options.watch) return LiveWatch(session, response.message_id()).run(/*fresh=*/true);
  if (!options.wait) return ExitCode::ok;
  return wait_for(session, response.message_id(), options.wait_s_max);
}

}  // namespace

void add_send(CommandLine& line) {
  auto [command, options] = line.add_on_app(line.root(), "send", "Send one message", send);
  add_target(command, options);
  add_content(command, options.request);
  add_delivery(command, options.request);
  add_pace(command, options);
  add_follow_up(command, options);
}

}  // namespace tocsin::cli
