#include <fmt/format.h>
#include <tuple>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/send_time.h"

namespace tocsin::cli {
namespace {

constexpr char id_help[] = "From the answer to send";

// CLI11 calls it; what it returns is the complaint, "" for none.
std::string check_past_time(const std::string& text) {
  if (parse_past_time(text, 0)) return {};
  return fmt::format("'{}' is not a time: use such as 2026-11-22T18:00:00Z, or 2d for so long ago",
                     text);
}

void add_listing(CLI::App& parent, Arguments& arguments) {
  CLI::App* messages =
      add_on_app(parent, "messages", "List messages, newest first", Command::messages, arguments);
  CLI::Option* label =
      messages->add_option("--label", arguments.label, "Only those with this label");
  messages->add_option("--group", arguments.group, "Only those of this group")->excludes(label);
  messages->add_option("--limit", arguments.limit, "At most so many (20)")
      ->check(CLI::Range(uint32_t{1}, UINT32_MAX).description(""));
}

void add_past(CLI::App& command, Arguments& arguments) {
  for (const auto& [name, to, help] :
       {std::tuple{"--from", &arguments.from, "Since: RFC 3339, or so long ago, such as 2d"},
        {"--until", &arguments.until, "Up to then; now if left out"}}) {
    command.add_option(name, *to, help)->check(CLI::Validator(check_past_time, ""));
  }
}

void add_sums(CLI::App& parent, Arguments& arguments) {
  CLI::App* totals = add_on_app(parent, "totals", "The reports of many messages added up",
                                Command::totals, arguments);
  CLI::Option* label = totals->add_option("--label", arguments.label, "Only those with this label");
  totals->add_option("--group", arguments.group, "Only those of this group")->excludes(label);
  add_past(*totals, arguments);
  totals->footer("Such as: tocsin totals --app demo --label news --from 7d");
  CLI::App* series = add_on_app(parent, "series", "What happened in the app, minute by minute",
                                Command::series, arguments);
  series->add_flag("--hourly", arguments.hourly, "Hour by hour; minutes are kept 2 days, hours 90");
  add_past(*series, arguments);
  series->footer("Such as: tocsin series --app demo --hourly --from 7d");
}

}  // namespace

void add_message_commands(CLI::App& parent, Arguments& arguments) {
  add_listing(parent, arguments);
  CLI::App* report =
      add_on_app(parent, "report", "What became of a message", Command::report, arguments);
  add_message_id(*report, id_help, arguments);
  report->add_flag("--watch", arguments.watch, "Go on until no device is pending");
  CLI::App* watch = add_on_app(parent, "watch", "Follow a message until no device is pending",
                               Command::watch, arguments);
  add_message_id(*watch, id_help, arguments);
  watch->footer(
      "A line each time something has changed, with --json the report; on a terminal one line "
      "that\n"
      "moves, and the report at the end. Such as: tocsin watch --app demo 05c1f2aa0b401000");
  add_sums(parent, arguments);
  CLI::App* recall =
      add_on_app(parent, "recall", "Withdraw what is still pending", Command::recall, arguments);
  add_message_id(*recall, id_help, arguments);
  recall->add_flag("--notify", arguments.notify, "Also take it off the screens that have it");
  add_message_id(*add_on_app(parent, "stop", "Stop sending a message that goes out in steps",
                             Command::stop, arguments),
                 id_help, arguments);
  CLI::App* why =
      add_on_app(parent, "why", "What became of a message on a device", Command::why, arguments);
  add_message_id(*why, id_help, arguments);
  add_device_id(*why, arguments);
}

void add_schedule_commands(CLI::App& parent, Arguments& arguments) {
  constexpr char schedule_id_help[] = "From the answer to send --at";
  CLI::App* schedule = add_noun(parent, "schedule", "Sends that wait for their time");
  add_on_app(*schedule, "list", "List them", Command::schedule_list, arguments);
  add_message_id(*add_on_app(*schedule, "show", "Show one", Command::schedule_show, arguments),
                 schedule_id_help, arguments);
  CLI::App* move =
      add_on_app(*schedule, "move", "Change its time", Command::schedule_move, arguments);
  add_message_id(*move, schedule_id_help, arguments);
  add_at(*move, "When: RFC 3339, or from now, such as 10m", arguments)->required();
  add_message_id(
      *add_on_app(*schedule, "delete", "Do not send it", Command::schedule_delete, arguments),
      schedule_id_help, arguments);
}

}  // namespace tocsin::cli
