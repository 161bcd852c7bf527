// count: how many devices an expression matches; audience list, change, delete: uploaded audiences.
#include <fmt/format.h>
#include <string>

#include <CLI/App.hpp>

#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/table.h"
#include "tocsin/v1/audience.pb.h"

namespace tocsin::cli {
namespace {

struct Change {
  std::string name;
  v1::ChangeAudienceRequest request;
  bool clear = false;
};

std::string audience_path(const Session& session, const std::string& name) {
  return fmt::format("{}/audiences/{}", app_path(session), path_segment(name));
}

int count(const Session& session, const v1::CountRequest& request) {
  return write_answer<v1::AudienceCount>(
      session, session.api.post(app_path(session) + "/count", request),
      [](const v1::AudienceCount& count) {
        return table({{"devices", fmt::format("{}", count.devices())},
                      {"  online", fmt::format("{}", count.online())},
                      {"  offline", fmt::format("{}", count.offline())}});
      });
}

int list_audiences(const Session& session) {
  return write_answer<v1::ListAudiencesResponse>(
      session, session.api.get(app_path(session) + "/audiences"),
      [](const v1::ListAudiencesResponse& audiences) {
        std::string names;
        for (const v1::Audience& audience : audiences.audiences()) names += audience.name() + '\n';
        return names;
      });
}

int change(const Session& session, const Change& change) {
  v1::ChangeAudienceRequest request = change.request;
  request.set_clear(change.clear);
  return write_done(session, session.api.post(audience_path(session, change.name), request),
                    fmt::format("Audience {} changed.\n", change.name));
}

int remove_audience(const Session& session, const std::string& name) {
  return write_done(session, session.api.remove(audience_path(session, name)),
                    fmt::format("Audience {} deleted.\n", name));
}

void add_name(CLI::App& command, std::string& to) {
  command.add_option("NAME", to, "Name of the audience")->required();
}

}  // namespace

void add_count(CommandLine& line) {
  auto [command, request] =
      line.add_on_app(line.root(), "count", "Count the devices that match an expression", count);
  command
      .add_option("EXPRESSION", *request.mutable_audience(), "Such as 'tag:news and not seen<=30d'")
      ->required();
}

void add_audience(CommandLine& line) {
  CLI::App& audience = line.add_noun("audience", "Uploaded audiences");
  line.add_on_app(audience, "list", "List them", list_audiences);
  auto [change_command, options] =
      line.add_on_app(audience, "change", "Add and remove devices", change);
  add_name(change_command, options.name);
  add_strings(change_command, "--add", *options.request.mutable_add(),
              "Device id; repeat the option");
  add_strings(change_command, "--remove", *options.request.mutable_remove(),
              "Device id; repeat the option");
  change_command.add_flag("--clear", options.clear, "Remove all devices first");
  auto [delete_command, name] = line.add_on_app(audience, "delete", "Delete one", remove_audience);
  add_name(delete_command, name);
}

}  // namespace tocsin::cli
