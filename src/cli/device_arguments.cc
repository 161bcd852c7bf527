#include <CLI/CLI.hpp>

#include "cli/command_line.h"

namespace tocsin::cli {
namespace {

void add_update(CLI::App& device, Arguments& arguments) {
  CLI::App* update =
      add_on_app(device, "update", "Change tags and attributes", Command::device_update, arguments);
  add_device_id(*update, arguments);
  update->add_option("--add-tag", arguments.add, "Tag to add; repeat the option");
  update->add_option("--remove-tag", arguments.remove, "Tag to remove; repeat the option");
  for (const char* name : {"alias", "region", "language", "time-zone", "platform", "app-version"}) {
    update->add_option_function<std::string>(
        std::string("--") + name,
        [&arguments, name](const std::string& value) { arguments.attributes[name] = value; },
        "Set it; \"\" removes it");
  }
}

}  // namespace

void add_audience_commands(CLI::App& parent, Arguments& arguments) {
  add_on_app(parent, "count", "How many devices an expression means", Command::count, arguments)
      ->add_option("EXPRESSION", arguments.audience, "Such as 'tag:news and not seen<=30d'")
      ->required();
  CLI::App* audience = add_noun(parent, "audience", "Uploaded audiences");
  add_on_app(*audience, "list", "List them", Command::audience_list, arguments);
  CLI::App* change = add_on_app(*audience, "change", "Put devices in and take them out",
                                Command::audience_change, arguments);
  change->add_option("NAME", arguments.audience, "Name of the audience")->required();
  change->add_option("--add", arguments.add, "Device id; repeat the option");
  change->add_option("--remove", arguments.remove, "Device id; repeat the option");
  change->add_flag("--clear", arguments.clear, "Take everybody out first");
  add_on_app(*audience, "delete", "Forget one", Command::audience_delete, arguments)
      ->add_option("NAME", arguments.audience, "Name of the audience")
      ->required();
}

void add_device_commands(CLI::App& parent, Arguments& arguments) {
  CLI::App* device = add_noun(parent, "device", "List, show, change and delete devices");
  add_device_id(
      *add_on_app(*device, "show", "What is known of a device", Command::device_show, arguments),
      arguments);
  CLI::App* list = add_on_app(*device, "list", "List devices; with --json one a line",
                              Command::device_list, arguments);
  list->add_option("--audience", arguments.audience, "Only those that an expression means");
  list->add_flag("--all", arguments.all, "Not only the first 100");
  add_update(*device, arguments);
  add_device_id(*add_on_app(*device, "delete", "Erase everything about a device",
                            Command::device_delete, arguments),
                arguments);
  CLI::App* user = add_noun(parent, "user", "Delete users");
  add_on_app(*user, "delete", "Erase every device with an alias", Command::user_delete, arguments)
      ->add_option("ALIAS", arguments.alias, "The app's name for the user")
      ->required();
}

}  // namespace tocsin::cli
