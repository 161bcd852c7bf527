#include <CLI/CLI.hpp>

#include "cli/command_line.h"

namespace tocsin::cli {
namespace {

void add_name(CLI::App& command, const char* help, Arguments& arguments) {
  command.add_option("NAME", arguments.app, help)->required();
}

void add_set(CLI::App& app, Arguments& arguments) {
  SettingChanges& settings = arguments.settings;
  CLI::App* set = add_command(app, "set", "Change settings; the others stay as they are",
                              Command::app_set, arguments);
  add_name(*set, "Name of the app", arguments);
  CLI::Option_group* group = set->add_option_group("Settings (0: the server's own bound, or none)");
  group->add_option("--sends-per-s", settings.sends_per_s, "Calls that send, on average");
  group->add_option("--send-burst", settings.send_burst, "And at once");
  group->add_option("--payload-bytes-max", settings.payload_bytes_max,
                    "Title, body and data of a message");
  group->add_option("--live-casts-max", settings.live_casts_max,
                    "Messages to many that may be under way at once");
  group
      ->add_option_function<std::string>(
          "--everyone-needs-release",
          [&settings](const std::string& text) {
            settings.everyone_needs_release = text == "true";
          },
          "true: a send to everyone is held until it is released")
      ->check(CLI::IsMember({"true", "false"}));
  group->add_option("--messages-per-device-per-day", settings.messages_per_device_per_day,
                    "A device gets no more of them in a day (UTC)");
  group->add_option("--webhook-url", settings.webhook_url,
                    "Where events are posted: https://...; '' for nowhere");
  group->add_option("--webhook-secret", settings.webhook_secret,
                    "What they are signed with; without, one is made up and shown, this once");
  group->require_option(1, 0);
}

void add_keys(CLI::App& parent, Arguments& arguments) {
  CLI::App* key = add_noun(parent, "key", "An app's keys");
  CLI::App* create = add_on_app(*key, "create", "Create a key and show it, this once",
                                Command::key_create, arguments);
  create->add_option("KEY_ID", arguments.key_id, "Its name; without, one is made up");
  add_repeated(*create, "--scope", "send, read, admin or alert; repeat the option",
               arguments.scopes)
      ->delimiter(',')
      ->required()
      ->check(CLI::IsMember({"send", "read", "admin", "alert"}, CLI::ignore_case));
  create->add_option("--label", arguments.label, "For people");
  add_duration(*create, "--lifetime", "It ends after so long, such as 90d; without, never",
               [&arguments](uint64_t lifetime_s) { arguments.lifetime_s = lifetime_s; });
  add_on_app(*key, "list", "List them", Command::key_list, arguments);
  CLI::App* rotate = add_on_app(*key, "rotate", "Give a key a new secret and show it, this once",
                                Command::key_rotate, arguments);
  rotate->add_option("KEY_ID", arguments.key_id, "Name of the key")->required();
  add_duration(*rotate, "--overlap",
               "The old secret goes on working for so long, such as 1d; without, it ends at once",
               [&arguments](uint64_t overlap_s) { arguments.overlap_s = overlap_s; });
  add_on_app(*key, "revoke", "End a key at once", Command::key_revoke, arguments)
      ->add_option("KEY_ID", arguments.key_id, "Name of the key")
      ->required();
}

}  // namespace

void add_app_commands(CLI::App& parent, Arguments& arguments) {
  CLI::App* app = add_noun(parent, "app", "Create, list and set up apps");
  add_name(*add_command(*app, "create", "Create an app and show its keys, this once (admin key)",
                        Command::app_create, arguments),
           "A lower-case letter, then a-z 0-9 -", arguments);
  add_command(*app, "list", "List all apps (admin key)", Command::app_list, arguments);
  add_name(
      *add_command(*app, "show", "Devices and settings of an app", Command::app_show, arguments),
      "Name of the app", arguments);
  add_set(*app, arguments);
  add_keys(parent, arguments);
}

}  // namespace tocsin::cli
