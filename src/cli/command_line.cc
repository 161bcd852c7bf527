#include "cli/command_line.h"

#include <utility>

#include <CLI/CLI.hpp>

#include "cli/options.h"
#include "cli/unknown_command.h"

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
    "./.tocsin/cli.toml or ~/.config/tocsin/cli.toml, whichever is found first.\n";

}  // namespace

CommandLine::CommandLine() : root_(description, "tocsin") {
  root_.footer(std::string(profile_help) + exit_code_help);
  root_.require_subcommand(1);
  root_.set_version_flag("--version", std::string("tocsin ") + TOCSIN_VERSION, "Print the version");
  add_file(root_, "--profile", options_.profile, "Profile file")->envname("TOCSIN_PROFILE");
  root_.add_option("--server", options_.server, "https://HOST:PORT")->envname("TOCSIN_SERVER");
  add_file(root_, "--ca", options_.ca, "PEM file of the authority to trust")->envname("TOCSIN_CA");
  root_.add_option("--key", options_.key, "Send key, or admin key")->envname("TOCSIN_KEY");
  root_.add_flag("--json", options_.json, "Print the server's answer as it came");
}

CLI::App& CommandLine::add_noun(const char* name, const char* help) {
  CLI::App& noun = *root_.add_subcommand(name, help);
  noun.fallthrough();
  noun.require_subcommand(1);
  return noun;
}

CLI::App& CommandLine::add(CLI::App& parent, const char* name, const char* help, KeyOf key,
                           std::function<int(const Session&)> run) {
  return add_offline(parent, name, help, [this, key, run = std::move(run)](Console console) {
    return with_session(options_, key, console, run);
  });
}

CLI::App& CommandLine::add_on_app(CLI::App& parent, const char* name, const char* help,
                                  std::function<int(const Session&)> run) {
  CLI::App& command = add(parent, name, help, KeyOf::app, std::move(run));
  add_app(command);
  return command;
}

CLI::App& CommandLine::add_offline(CLI::App& parent, const char* name, const char* help,
                                   std::function<int(Console)> run) {
  CLI::App& command = *parent.add_subcommand(name, help);
  command.fallthrough();
  command.callback([this, run = std::move(run)] { chosen_ = run; });
  return command;
}

void CommandLine::add_app(CLI::App& command) {
  command.add_option("--app", options_.app, "Name of the app")->required();
}

int CommandLine::run(const std::vector<std::string>& words, Console console) {
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    root_.parse(reversed);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // for help, or the version
    const std::string unknown = asked ? std::string() : unknown_command(root_, words);
    root_.exit(unknown.empty() ? error : CLI::ParseError(unknown, CLI::ExitCodes::ExtrasError),
               console.out, console.err);
    return asked ? ExitCode::ok : ExitCode::usage;
  }
  return chosen_(console);
}

}  // namespace tocsin::cli
