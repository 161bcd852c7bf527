#include "cli/run.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/exit_code.h"

namespace tocsin::cli {
namespace {

struct Entry {
  Command command;
  int (*run)(const Session&);
};

constexpr Entry entries[] = {
    {Command::app_create, create_app},
    {Command::app_list, list_apps},
    {Command::app_show, show_app},
    {Command::app_set, set_app},
    {Command::key_create, create_key},
    {Command::key_list, list_keys},
    {Command::key_rotate, rotate_key},
    {Command::key_revoke, revoke_key},
    {Command::webhook_show, show_webhook},
    {Command::webhook_test, test_webhook},
    {Command::dead_letter_list, list_dead_letters},
    {Command::dead_letter_retry, retry_dead_letters},
    {Command::dead_letter_delete, delete_dead_letter},
    {Command::send, send},
    {Command::batch, send_batches},
    {Command::messages, list_messages},
    {Command::report, report},
    {Command::watch, watch},
    {Command::totals, show_totals},
    {Command::series, show_series},
    {Command::recall, recall},
    {Command::stop, stop},
    {Command::why, why},
    {Command::schedule_list, list_schedules},
    {Command::schedule_show, show_schedule},
    {Command::schedule_move, move_schedule},
    {Command::schedule_delete, delete_schedule},
    {Command::count, count},
    {Command::audience_list, list_audiences},
    {Command::audience_change, change_audience},
    {Command::audience_delete, delete_audience},
    {Command::device_show, show_device},
    {Command::device_list, list_devices},
    {Command::device_update, update_device},
    {Command::device_delete, delete_device},
    {Command::user_delete, delete_user},
    {Command::status, status},
    {Command::backup, back_up},
};

int call_server(const Session& session) {
  const auto at = std::find_if(std::begin(entries), std::end(entries), [&](const Entry& entry) {
    return entry.command == session.arguments.command;
  });
  TOCSIN_CHECK(at != std::end(entries));
  return at->run(session);
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
