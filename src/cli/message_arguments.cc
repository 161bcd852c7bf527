#include <CLI/CLI.hpp>

#include "cli/command_line.h"

namespace tocsin::cli {
namespace {

constexpr char id_help[] = "From the answer to send";

void add_listing(CLI::App& parent, Arguments& arguments) {
  CLI::App* messages =
      add_on_app(parent, "messages", "List messages, newest first", Command::messages, arguments);
  CLI::Option* label =
      messages->add_option("--label", arguments.label, "Only those with this label");
  messages->add_option("--group", arguments.group, "Only those of this group")->excludes(label);
  messages->add_option("--limit", arguments.limit, "At most so many (20)")
      ->check(CLI::Range(uint32_t{1}, UINT32_MAX).description(""));
}

}  // namespace

void add_message_commands(CLI::App& parent, Arguments& arguments) {
  add_listing(parent, arguments);
  CLI::App* report =
      add_on_app(parent, "report", "What became of a message", Command::report, arguments);
  add_message_id(*report, id_help, arguments);
  report->add_flag("--watch", arguments.watch, "Go on until no device is pending");
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
