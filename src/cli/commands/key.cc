// key create, list, rotate, revoke: the keys of an app.
#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/table.h"
#include "tocsin/v1/apps.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

struct Rotation {
  std::string key_id;
  v1::RotateKeyRequest request;
};

std::string keys_path(const Session& session) { return app_path(session) + "/keys"; }

std::string key_path(const Session& session, const std::string& key_id) {
  return fmt::format("{}/{}", keys_path(session), path_segment(key_id));
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
  return fmt::format("Key {} {}. Its secret is shown only this once:\n\n", key.key_id(),
                     what_happened) +
         table({{"secret", key.secret()}, {"scopes", scopes_of(key)}, {"ends", expiry_of(key)}}) +
         "\nKeep it secret. To use it here, give --key, or put it under [send_keys] in the "
         "profile.\n";
}

int create_key(const Session& session, const v1::CreateKeyRequest& request) {
  return write_answer<v1::Key>(session, session.api.post(keys_path(session), request),
                               [](const v1::Key& made) { return with_secret(made, "created"); });
}

int list_keys(const Session& session) {
  return write_answer<v1::ListKeysResponse>(
      session, session.api.get(keys_path(session)), [](const v1::ListKeysResponse& keys) {
        std::vector<Row> rows = {{"KEY", "SCOPES", "CREATED", "ENDS", "LABEL"}};
        for (const v1::Key& one : keys.keys()) {
          rows.push_back({one.key_id(), scopes_of(one), TimeUtil::ToString(one.create_time()),
                          expiry_of(one), one.label()});
        }
        return table(rows);
      });
}

int rotate(const Session& session, const Rotation& rotation) {
  const std::string target = key_path(session, rotation.key_id) + "/rotate";
  return write_answer<v1::Key>(
      session, session.api.post(target, rotation.request),
      [](const v1::Key& renewed) { return with_secret(renewed, "has a new secret"); });
}

int revoke(const Session& session, const std::string& key_id) {
  return write_done(session, session.api.remove(key_path(session, key_id)),
                    fmt::format("Key {} revoked: it is no longer valid.\n", key_id));
}

void add_create(CommandLine& line, CLI::App& key) {
  auto [command, request] =
      line.add_on_app(key, "create", "Create a key and show it, only this once", create_key);
  command.add_option("KEY_ID", *request.mutable_key_id(), "Its name; default: a generated one");
  command
      .add_option_function<std::vector<std::string>>(
          "--scope",
          [&to = request](const std::vector<std::string>& names) {
            for (std::string name : names) {
              std::transform(name.begin(), name.end(), name.begin(), ::toupper);
              v1::Scope scope;
              if (v1::Scope_Parse(name, &scope)) to.add_scopes(scope);
            }
          },
          "send, read, admin or alert; repeat the option")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->required()
      ->check(CLI::IsMember({"send", "read", "admin", "alert"}, CLI::ignore_case));
  command.add_option("--label", *request.mutable_label(), "For people");
  add_duration(
      command, "--lifetime", "How long it is valid, such as 90d; default: forever",
      [&to = request](int64_t lifetime_s) { to.mutable_lifetime()->set_seconds(lifetime_s); });
}

}  // namespace

void add_key(CommandLine& line) {
  CLI::App& key = line.add_noun("key", "An app's keys");
  add_create(line, key);
  line.add_on_app(key, "list", "List them", list_keys);
  auto [rotate_command, rotation] =
      line.add_on_app(key, "rotate", "Give a key a new secret and show it, only this once", rotate);
  rotate_command.add_option("KEY_ID", rotation.key_id, "Name of the key")->required();
  add_duration(rotate_command, "--overlap",
               "How long the old secret stays valid, such as 1d; default: not at all",
               [&to = rotation.request](int64_t overlap_s) {
                 to.mutable_overlap()->set_seconds(overlap_s);
               });
  auto [revoke_command, key_id] = line.add_on_app(key, "revoke", "End a key at once", revoke);
  revoke_command.add_option("KEY_ID", key_id, "Name of the key")->required();
}

}  // namespace tocsin::cli
