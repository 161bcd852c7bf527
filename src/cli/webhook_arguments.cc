#include <CLI/CLI.hpp>

#include "cli/command_line.h"

namespace tocsin::cli {

void add_webhook_commands(CLI::App& parent, Arguments& arguments) {
  CLI::App* webhook = add_noun(parent, "webhook", "Where an app's events are posted to");
  webhook->footer(
      "Set one up with:\n"
      "  tocsin app set demo --webhook-url https://example.org/hook\n"
      "  tocsin webhook test --app demo");
  add_on_app(*webhook, "show", "Its queue, and how posting goes", Command::webhook_show, arguments);
  add_on_app(*webhook, "test", "Post an event PING and say what came back", Command::webhook_test,
             arguments);
  add_on_app(*webhook, "dead-letters", "List what was given up", Command::dead_letter_list,
             arguments);
  add_on_app(*webhook, "retry", "Put dead letters back into the queue", Command::dead_letter_retry,
             arguments)
      ->add_option("DEAD_LETTER_ID", arguments.dead_letters, "From dead-letters; without, all");
  add_on_app(*webhook, "delete", "Forget a dead letter", Command::dead_letter_delete, arguments)
      ->add_option("DEAD_LETTER_ID", arguments.dead_letters, "From dead-letters")
      ->required()
      ->expected(1);
}

}  // namespace tocsin::cli
