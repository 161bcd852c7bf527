#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"

namespace tocsin::cli {
namespace {

// CLI11 calls it; what it returns is the complaint, "" for none.
std::string check_entry(const std::string& text) {
  if (text.find('=') != std::string::npos && text[0] != '=') return {};
  return fmt::format("'{}' is not KEY=VALUE", text);
}

void add_target(CLI::App& send, Arguments& arguments) {
  CLI::Option_group* target = send.add_option_group("Whom (exactly one)");
  target->add_option("--device", arguments.devices, "Device id; up to 100, repeat the option");
  target->add_option("--tag", arguments.tag, "Every device with this tag");
  target->add_option("--alias", arguments.alias, "Every device of this user");
  target->add_option("--audience", arguments.audience,
                     "An expression: 'tag:news and not seen<=30d'");
  target->add_flag("--everyone", arguments.everyone, "Every device of the app");
  target->add_option("--to-file", arguments.to_file,
                     "The device ids in a file, one a line, up to 1,000,000; -: standard input");
  target->require_option(1);
  send.add_option("--exclude", arguments.exclude, "An expression: these do not get it");
}

void add_presentation(CLI::App& send, Presentation& presentation) {
  CLI::Option_group* group = send.add_option_group("How the notification looks");
  group->add_option("--image", presentation.image, "URL of a picture");
  group->add_option("--click", presentation.click_action, "URL or intent to open");
  group->add_option("--badge", presentation.badge, "Number on the app's icon; 0 takes it away");
  group->add_option("--sound", presentation.sound, "Name of a sound");
  group->add_option("--channel", presentation.channel, "Android's channel, iOS' category");
  group->add_option("--title-loc-key", presentation.title_loc_key,
                    "Title, as the app's own translations name it");
  add_repeated(*group, "--title-loc-arg", "Argument of it; repeat the option",
               presentation.title_loc_args);
  group->add_option("--body-loc-key", presentation.body_loc_key, "The same for the text");
  add_repeated(*group, "--body-loc-arg", "Argument of it; repeat the option",
               presentation.body_loc_args);
}

void add_content(CLI::App& send, Arguments& arguments) {
  send.add_option("--title", arguments.title, "Title of the notification");
  send.add_option("--body", arguments.body, "Text of the notification");
  send.add_option_function<std::vector<std::string>>(
          "--data",
          [&arguments](const std::vector<std::string>& entries) {
            for (const std::string& entry : entries) {
              const size_t equals = entry.find('=');
              arguments.data.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
            }
          },
          "KEY=VALUE for the app; repeat the option")
      ->check(CLI::Validator(check_entry, ""));
  add_presentation(send, arguments.presentation);
}

void add_delivery(CLI::App& send, Arguments& arguments) {
  add_duration(send, "--ttl", "How long it is worth delivering, such as 1h; 0s: now or never",
               [&arguments](uint64_t ttl_s) { arguments.ttl = fmt::format("{}s", ttl_s); });
  send.add_option("--priority", arguments.priority, "low, normal, high or alert")
      ->check(CLI::IsMember({"low", "normal", "high", "alert"}, CLI::ignore_case));
  send.add_option("--collapse-key", arguments.collapse_key,
                  "Replace what is still pending with this key");
  send.add_option("--label", arguments.label, "To find it again: tocsin messages --label");
  send.add_option("--group", arguments.group, "To find it again: tocsin messages --group");
  send.add_option("--idempotency-key", arguments.idempotency_key,
                  "Repeated with this key in 24 hours, the call sends nothing more");
  send.add_option("--release", arguments.release,
                  "Token of the first call, for apps whose sends to everyone are held");
}

std::string check_hours(const std::string& text) {
  if (text.size() == 11 && text[5] == '-') return {};
  return fmt::format("'{}' is not like 22:00-07:30", text);
}

void add_pace(CLI::App& send, Pace& pace) {
  CLI::Option_group* group = send.add_option_group("When and how fast it goes to the devices");
  group->add_option("--window", pace.window, "Only at these hours where the device is: 09:00-21:00")
      ->check(CLI::Validator(check_hours, ""));
  group->add_option("--quiet-hours", pace.quiet_hours, "Never at these: 22:00-07:30")
      ->check(CLI::Validator(check_hours, ""));
  group->add_option("--local-time", pace.local_time,
                    "Not before this time where the device is: 2026-12-24T09:00");
  group->add_flag("--if-unmetered", pace.if_unmetered, "Only on Wi-Fi and the like");
  group->add_flag("--if-charging", pace.if_charging, "Only while the device is charging");
  CLI::Option* per_s =
      group->add_option("--per-s", pace.per_s, "To so many devices a second at most");
  add_duration(*group, "--over", "Evenly over so long, such as 2h", [&pace](uint64_t over_s) {
    pace.over_s = over_s;
  })->excludes(per_s);
  CLI::Option* canary =
      group->add_option("--canary", pace.canary_percent,
                        "First to so many percent; it stops by itself when too few of them get it");
  add_duration(*group, "--canary-watch", "How long those are watched (10m)",
               [&pace](uint64_t watch_s) { pace.canary_watch_s = watch_s; })
      ->needs(canary);
  group
      ->add_option("--canary-delivered", pace.canary_delivered_percent,
                   "So many percent of those that can be reached must have it (90)")
      ->needs(canary);
  group->add_flag("--ignore-frequency-cap", pace.ignore_frequency_cap,
                  "Also to devices that had their messages of the day");
  group
      ->add_option_function<std::vector<std::string>>(
          "--override",
          [&pace](const std::vector<std::string>& entries) {
            for (const std::string& entry : entries) {
              const size_t equals = entry.find('=');
              pace.overrides.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
            }
          },
          "PLATFORM=JSON, what devices of it get instead: ios={\"notification\":{\"badge\":1}}")
      ->check(CLI::Validator(check_entry, ""));
}

}  // namespace

void add_send_commands(CLI::App& parent, Arguments& arguments) {
  CLI::App* send = add_on_app(parent, "send", "Send one message", Command::send, arguments);
  add_target(*send, arguments);
  add_content(*send, arguments);
  add_delivery(*send, arguments);
  add_pace(*send, arguments.pace);
  CLI::Option* at =
      add_at(*send, "When: RFC 3339, or from now, such as 10m; see tocsin schedule", arguments);
  CLI::Option* dry_run = send->add_flag("--dry-run", arguments.dry_run,
                                        "Check it and tell whom it would reach; send nothing");
  CLI::Option* wait = send->add_flag("--wait", arguments.wait, "Wait until no device is pending")
                          ->excludes(at)
                          ->excludes(dry_run);
  send->add_flag("--watch", arguments.watch, "Follow it, as tocsin watch does")
      ->excludes(at)
      ->excludes(dry_run)
      ->excludes(wait);
  add_duration(*send, "--timeout", "With --wait: at most so long (30s)",
               [&arguments](uint64_t wait_s) { arguments.wait_s_max = wait_s; });
  CLI::App* batch =
      add_on_app(parent, "batch", "Send many messages from a file", Command::batch, arguments);
  batch
      ->add_option("FILE", arguments.file,
                   "One message a line, in JSON as the API takes it; -: standard input")
      ->required();
  batch->footer(
      "A line: "
      "{\"tag\":\"news\",\"notification\":{\"title\":\"Hello\"},\"idempotencyKey\":\"n1\"}\n"
      "With an idempotencyKey in each, a file can be sent again after a break.");
}

}  // namespace tocsin::cli
