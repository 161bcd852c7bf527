#include "cli/run.h"

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_code.h"

namespace tocsin::cli {
namespace {

int call_server(const Session& session) {
  switch (session.arguments.command) {
    case Command::app_create:
      return create_app(session);
    case Command::app_list:
      return list_apps(session);
    case Command::send:
      return send(session);
    case Command::report:
      return report(session);
    case Command::recall:
      return recall(session);
    case Command::why:
      return why(session);
    case Command::count:
      return count(session);
    case Command::audience_list:
      return list_audiences(session);
    case Command::audience_change:
      return change_audience(session);
    case Command::device_update:
      return update_device(session);
    case Command::device_delete:
      return delete_device(session);
    case Command::user_delete:
      return delete_user(session);
    case Command::status:
      return status(session);
    case Command::backup:
      return back_up(session);
    case Command::none:
    case Command::completion:
      break;
  }
  return ExitCode::ok;
}

}  // namespace

int run(const std::vector<std::string>& words, Console console) {
  Arguments arguments;
  const int parsed = parse_arguments(words, console, arguments);
  if (parsed != ExitCode::ok || arguments.command == Command::none) return parsed;
  if (arguments.command == Command::completion) {
    console.out << bash_completion;
    return ExitCode::ok;
  }
  const auto profile = load_profile(arguments.profile);
  if (!profile.ok()) return wrong_usage(console, profile.status());
  const std::string server = arguments.server.empty() ? profile->server : arguments.server;
  if (server.empty()) {
    return wrong_usage(console,
                       absl::NotFoundError("no server: give --server, or put it into the profile "
                                           "(see tocsin --help)"));
  }
  auto api = ApiClient::create(server, arguments.ca.empty() ? profile->ca : arguments.ca);
  if (!api.ok()) return wrong_usage(console, api.status());
  return call_server({arguments, *profile, *api, console});
}

}  // namespace tocsin::cli
