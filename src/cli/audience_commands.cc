#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/table.h"
#include "tocsin/v1/audience.pb.h"

namespace tocsin::cli {

int count(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::CountRequest request;
  request.set_audience(session.arguments.audience);
  return write_answer<v1::AudienceCount>(
      session, session.api.post(app_path(session) + "/count", *key, request),
      [](const v1::AudienceCount& count) {
        return table({{"devices", fmt::format("{}", count.devices())},
                      {"  online", fmt::format("{}", count.online())},
                      {"  offline", fmt::format("{}", count.offline())}});
      });
}

int list_audiences(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::ListAudiencesResponse>(
      session, session.api.get(app_path(session) + "/audiences", *key),
      [](const v1::ListAudiencesResponse& audiences) {
        std::string names;
        for (const v1::Audience& audience : audiences.audiences()) names += audience.name() + '\n';
        return names;
      });
}

int change_audience(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::ChangeAudienceRequest request;
  request.set_clear(session.arguments.clear);
  for (const std::string& id : session.arguments.add) request.add_add(id);
  for (const std::string& id : session.arguments.remove) request.add_remove(id);
  const std::string& name = session.arguments.audience;
  const std::string target = fmt::format("{}/audiences/{}", app_path(session), path_segment(name));
  return write_done(session, session.api.post(target, *key, request),
                    fmt::format("Audience {} changed.\n", name));
}

int delete_audience(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const std::string& name = session.arguments.audience;
  const std::string target = fmt::format("{}/audiences/{}", app_path(session), path_segment(name));
  return write_done(session, session.api.remove(target, *key),
                    fmt::format("Audience {} deleted.\n", name));
}

}  // namespace tocsin::cli
