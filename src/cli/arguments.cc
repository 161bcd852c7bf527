#include "cli/arguments.h"

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
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
    "  tocsin send --app demo --everyone --title 'Good morning' --at 2026-12-01T08:00:00Z\n"
    "  tocsin count --app demo 'tag:news and not seen<=30d'\n"
    "  tocsin report --app demo 05c1f2aa0b401000\n"
    "  tocsin watch --app demo 05c1f2aa0b401000\n"
    "  tocsin totals --app demo --label news --from 7d\n";

constexpr char profile_help[] =
    "The profile holds server, ca, admin_key and [send_keys]: --profile, $TOCSIN_PROFILE,\n"
    "./.tocsin/cli.toml or ~/.config/tocsin/cli.toml, the first there is.\n";

void add_common(CLI::App& app, Arguments& arguments) {
  app.add_option("--profile", arguments.profile, "Profile file")->envname("TOCSIN_PROFILE");
  app.add_option("--server", arguments.server, "https://HOST:PORT")->envname("TOCSIN_SERVER");
  app.add_option("--ca", arguments.ca, "PEM file of the authority to trust")->envname("TOCSIN_CA");
  app.add_option("--key", arguments.key, "Send key, or admin key")->envname("TOCSIN_KEY");
  app.add_flag("--json", arguments.json, "Print the server's answer as it came");
}

}  // namespace

int parse_arguments(const std::vector<std::string>& words, Console console, Arguments& arguments) {
  CLI::App root(description, "tocsin");
  root.footer(std::string(profile_help) + exit_code_help);
  root.require_subcommand(1);
  add_common(root, arguments);
  add_app_commands(root, arguments);
  add_webhook_commands(root, arguments);
  add_send_commands(root, arguments);
  add_message_commands(root, arguments);
  add_schedule_commands(root, arguments);
  add_audience_commands(root, arguments);
  add_device_commands(root, arguments);
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
  return ExitCode::ok;
}

}  // namespace tocsin::cli
