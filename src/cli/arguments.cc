#include "cli/arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/duration.h"
#include "cli/exit_code.h"

namespace tocsin::cli {
namespace {

constexpr char description[] =
    "tocsin: send pushes and see what became of them.\n"
    "\n"
    "Examples:\n"
    "  tocsin app create demo\n"
    "  tocsin send --app demo --everyone --title 'Hello' --wait\n"
    "  tocsin send --app demo --tag city:lisbon --body 'Rain at 5' --ttl 1h\n"
    "  tocsin send --app demo --device 0123...cdef --data order=17 --data state=shipped\n"
    "  tocsin count --app demo 'tag:news and not seen<=30d'\n"
    "  tocsin report --app demo 05c1f2aa0b401000 --watch\n";

constexpr char profile_help[] =
    "The profile holds server, ca, admin_key and [send_keys]: --profile, $TOCSIN_PROFILE,\n"
    "./.tocsin/cli.toml or ~/.config/tocsin/cli.toml, the first there is.\n";

// CLI11 calls these; what they return is the complaint, "" for none.
std::string check_duration(const std::string& text) {
  if (parse_duration_s(text)) return {};
  return fmt::format("'{}' is not a time: use such as 30s, 10m, 1h30m, 7d", text);
}

std::string check_entry(const std::string& text) {
  if (text.find('=') != std::string::npos && text[0] != '=') return {};
  return fmt::format("'{}' is not KEY=VALUE", text);
}

// What CLI11 gathers before it becomes Arguments.
struct Raw {
  std::vector<std::string> data;
  std::string ttl;
  std::string timeout;
};

void add_common(CLI::App& app, Arguments& arguments) {
  app.add_option("--profile", arguments.profile, "Profile file")->envname("TOCSIN_PROFILE");
  app.add_option("--server", arguments.server, "https://HOST:PORT")->envname("TOCSIN_SERVER");
  app.add_option("--ca", arguments.ca, "PEM file of the authority to trust")->envname("TOCSIN_CA");
  app.add_option("--key", arguments.key, "Send key, or admin key")->envname("TOCSIN_KEY");
  app.add_flag("--json", arguments.json, "Print the server's answer as it came");
}

CLI::App* add_command(CLI::App& parent, const char* name, const char* help, Command command,
                      Arguments& arguments) {
  CLI::App* sub = parent.add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&arguments, command] { arguments.command = command; });
  return sub;
}

void add_apps(CLI::App& root, Arguments& arguments) {
  CLI::App* app = root.add_subcommand("app", "Create and list apps (admin key)");
  app->fallthrough();
  app->require_subcommand(1);
  add_command(*app, "create", "Create an app and show its keys, this once", Command::app_create,
              arguments)
      ->add_option("NAME", arguments.app, "A lower-case letter, then a-z 0-9 -")
      ->required();
  add_command(*app, "list", "List all apps", Command::app_list, arguments);
}

void add_send(CLI::App& root, Arguments& arguments, Raw& raw) {
  CLI::App* send = add_command(root, "send", "Send one message", Command::send, arguments);
  send->add_option("--app", arguments.app, "Name of the app")->required();
  CLI::Option_group* target = send->add_option_group("Whom (exactly one)");
  target->add_option("--device", arguments.devices, "Device id; up to 100, repeat the option");
  target->add_option("--tag", arguments.tag, "Every device with this tag");
  target->add_option("--alias", arguments.alias, "Every device of this user");
  target->add_option("--audience", arguments.audience,
                     "An expression: 'tag:news and not seen<=30d'");
  target->add_flag("--everyone", arguments.everyone, "Every device of the app");
  target->require_option(1);
  send->add_option("--title", arguments.title, "Title of the notification");
  send->add_option("--body", arguments.body, "Text of the notification");
  send->add_option("--data", raw.data, "KEY=VALUE for the app; repeat the option")
      ->check(CLI::Validator(check_entry, ""));
  send->add_option("--ttl", raw.ttl,
                   "How long it is worth delivering, such as 1h; 0s: now or never")
      ->check(CLI::Validator(check_duration, ""));
  send->add_option("--priority", arguments.priority, "low, normal, high or alert")
      ->check(CLI::IsMember({"low", "normal", "high", "alert"}, CLI::ignore_case));
  send->add_option("--collapse-key", arguments.collapse_key,
                   "Replace what is still pending with this key");
  send->add_flag("--wait", arguments.wait, "Wait until no device is pending");
  send->add_option("--timeout", raw.timeout, "With --wait: at most so long (30s)")
      ->check(CLI::Validator(check_duration, ""));
}

void add_report(CLI::App& root, Arguments& arguments) {
  CLI::App* report =
      add_command(root, "report", "What became of a message", Command::report, arguments);
  report->add_option("--app", arguments.app, "Name of the app")->required();
  report->add_option("MESSAGE_ID", arguments.message, "From the answer to send")->required();
  report->add_flag("--watch", arguments.watch, "Go on until no device is pending");
}

CLI::App* add_on_app(CLI::App& parent, const char* name, const char* help, Command command,
                     Arguments& arguments) {
  CLI::App* sub = add_command(parent, name, help, command, arguments);
  sub->add_option("--app", arguments.app, "Name of the app")->required();
  return sub;
}

void add_messages(CLI::App& root, Arguments& arguments) {
  CLI::App* recall =
      add_on_app(root, "recall", "Withdraw what is still pending", Command::recall, arguments);
  recall->add_option("MESSAGE_ID", arguments.message, "From the answer to send")->required();
  recall->add_flag("--notify", arguments.notify, "Also take it off the screens that have it");
  CLI::App* why =
      add_on_app(root, "why", "What became of a message on a device", Command::why, arguments);
  why->add_option("MESSAGE_ID", arguments.message, "From the answer to send")->required();
  why->add_option("DEVICE_ID", arguments.devices, "32 hexadecimal digits")->required()->expected(1);
}

void add_audiences(CLI::App& root, Arguments& arguments) {
  add_on_app(root, "count", "How many devices an expression means", Command::count, arguments)
      ->add_option("EXPRESSION", arguments.audience, "Such as 'tag:news and not seen<=30d'")
      ->required();
  CLI::App* audience = root.add_subcommand("audience", "Uploaded audiences");
  audience->fallthrough();
  audience->require_subcommand(1);
  add_on_app(*audience, "list", "List them", Command::audience_list, arguments);
  CLI::App* change = add_on_app(*audience, "change", "Put devices in and take them out",
                                Command::audience_change, arguments);
  change->add_option("NAME", arguments.audience, "Name of the audience")->required();
  change->add_option("--add", arguments.add, "Device id; repeat the option");
  change->add_option("--remove", arguments.remove, "Device id; repeat the option");
  change->add_flag("--clear", arguments.clear, "Take everybody out first");
}

void add_devices(CLI::App& root, Arguments& arguments) {
  CLI::App* device = root.add_subcommand("device", "Change and delete devices");
  device->fallthrough();
  device->require_subcommand(1);
  CLI::App* update = add_on_app(*device, "update", "Change tags and attributes",
                                Command::device_update, arguments);
  update->add_option("DEVICE_ID", arguments.devices, "32 hexadecimal digits")
      ->required()
      ->expected(1);
  update->add_option("--add-tag", arguments.add, "Tag to add; repeat the option");
  update->add_option("--remove-tag", arguments.remove, "Tag to remove; repeat the option");
  for (const char* name : {"alias", "region", "language", "time-zone", "platform", "app-version"}) {
    update->add_option_function<std::string>(
        std::string("--") + name,
        [&arguments, name](const std::string& value) { arguments.attributes[name] = value; },
        "Set it; \"\" removes it");
  }
  add_on_app(*device, "delete", "Erase everything about a device", Command::device_delete,
             arguments)
      ->add_option("DEVICE_ID", arguments.devices, "32 hexadecimal digits")
      ->required()
      ->expected(1);
  CLI::App* user = root.add_subcommand("user", "Delete users");
  user->fallthrough();
  user->require_subcommand(1);
  add_on_app(*user, "delete", "Erase every device with an alias", Command::user_delete, arguments)
      ->add_option("ALIAS", arguments.alias, "The app's name for the user")
      ->required();
}

void finish(const Raw& raw, Arguments& arguments) {
  for (const std::string& entry : raw.data) {
    const size_t equals = entry.find('=');
    arguments.data.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  if (!raw.ttl.empty()) arguments.ttl = fmt::format("{}s", *parse_duration_s(raw.ttl));
  if (!raw.timeout.empty()) arguments.wait_s_max = *parse_duration_s(raw.timeout);
}

}  // namespace

int parse_arguments(const std::vector<std::string>& words, Console console, Arguments& arguments) {
  CLI::App root(description, "tocsin");
  root.footer(std::string(profile_help) + exit_code_help);
  root.require_subcommand(1);
  add_common(root, arguments);
  Raw raw;
  add_apps(root, arguments);
  add_send(root, arguments, raw);
  add_report(root, arguments);
  add_messages(root, arguments);
  add_audiences(root, arguments);
  add_devices(root, arguments);
  add_command(root, "status", "Numbers of the server (admin key)", Command::status, arguments);
  add_command(root, "backup", "Make a backup on the server while it serves (admin key)",
              Command::backup, arguments);
  add_command(root, "completion", "Print completions: tocsin completion bash > FILE",
              Command::completion, arguments)
      ->add_option("SHELL", "bash")
      ->required()
      ->check(CLI::IsMember({"bash"}));
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    root.parse(reversed);
  } catch (const CLI::ParseError& error) {
    const int code = root.exit(error, console.out, console.err);
    arguments.command = Command::none;
    return code == 0 ? ExitCode::ok : ExitCode::usage;
  }
  finish(raw, arguments);
  return ExitCode::ok;
}

}  // namespace tocsin::cli
