#include <algorithm>
#include <fmt/format.h>

#include <google/protobuf/util/time_util.h>

#include "cli/commands.h"
#include "cli/table.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string keys_path(const Session& session) { return app_path(session) + "/keys"; }

std::string key_path(const Session& session) {
  return fmt::format("{}/{}", keys_path(session), path_segment(session.arguments.key_id));
}

std::string scopes_of(const v1::Key& key) {
  std::vector<std::string> names;
  for (const int scope : key.scopes()) names.push_back(v1::Scope_Name(scope));
  return fmt::format("{}", fmt::join(names, " "));
}

std::string expiry_of(const v1::Key& key) {
  return key.has_expire_time() ? TimeUtil::ToString(key.expire_time()) : "never";
}

std::string with_secret(const v1::Key& key, const char* what_happened) {
  return fmt::format("Key {} {}. Its secret is shown this once:\n\n", key.key_id(), what_happened) +
         table({{"secret", key.secret()}, {"scopes", scopes_of(key)}, {"ends", expiry_of(key)}}) +
         "\nKeep it secret. To use it here, give --key, or put it under [send_keys] of the "
         "profile.\n";
}

}  // namespace

int create_key(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const Arguments& arguments = session.arguments;
  v1::CreateKeyRequest request;
  request.set_key_id(arguments.key_id);
  request.set_label(arguments.label);
  for (std::string name : arguments.scopes) {
    std::transform(name.begin(), name.end(), name.begin(), ::toupper);
    v1::Scope scope;
    if (v1::Scope_Parse(name, &scope)) request.add_scopes(scope);
  }
  if (arguments.lifetime_s) {
    *request.mutable_lifetime() =
        TimeUtil::SecondsToDuration(static_cast<int64_t>(*arguments.lifetime_s));
  }
  return write_answer<v1::Key>(session, session.api.post(keys_path(session), *key, request),
                               [](const v1::Key& made) { return with_secret(made, "created"); });
}

int list_keys(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::ListKeysResponse>(
      session, session.api.get(keys_path(session), *key), [](const v1::ListKeysResponse& keys) {
        std::vector<Row> rows = {{"KEY", "SCOPES", "CREATED", "ENDS", "LABEL"}};
        for (const v1::Key& one : keys.keys()) {
          rows.push_back({one.key_id(), scopes_of(one), TimeUtil::ToString(one.create_time()),
                          expiry_of(one), one.label()});
        }
        return table(rows);
      });
}

int rotate_key(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::RotateKeyRequest request;
  if (session.arguments.overlap_s) {
    *request.mutable_overlap() =
        TimeUtil::SecondsToDuration(static_cast<int64_t>(*session.arguments.overlap_s));
  }
  return write_answer<v1::Key>(
      session, session.api.post(key_path(session) + "/rotate", *key, request),
      [](const v1::Key& renewed) { return with_secret(renewed, "has a new secret"); });
}

int revoke_key(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_done(
      session, session.api.remove(key_path(session), *key),
      fmt::format("Key {} revoked: it opens nothing any more.\n", session.arguments.key_id));
}

}  // namespace tocsin::cli
