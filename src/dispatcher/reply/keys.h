// Who may call what: the operator's admin key, and the keys of each app with their scopes.
//
//   admin key   whatever the operator configured; only its SHA-256 is known here
//   app's key   "tsk_" + 64 hexadecimal digits (32 random bytes); only its SHA-256 is stored
//   (a registration key is 32 random bytes as hexadecimal; devices use it, this API does not)
//
// A key is compared by hash in constant time. An app that does not exist and a wrong key get the
// same answer, so that app names cannot be probed.
//
// Thread: value; copies share the table, which never changes, so each thread can have its own.
// Bound: apps_max, keys_per_app_max each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "cluster/bus_message.h"
#include "dispatcher/reply/caller.h"
#include "dispatcher/reply/schema.h"
#include "runtime/tls/key_material.h"

namespace tocsin::dispatcher {

std::string make_key();

// The token of "Bearer TOKEN"; nullopt for anything else.
std::optional<std::string> bearer_token(const std::string& authorization);

class Keys {
 public:
  explicit Keys(const runtime::Sha256& admin_key_hash);

  void set_apps(cluster::AppsChanged apps);
  const cluster::AppTable& apps() const { return *table_->apps; }

  // Whether it is a key that is valid for anything at `now_ms`: what can be told before the app is
  // known. UNAUTHENTICATED without a key, with one nobody has, and with one that has expired.
  absl::Status check_known(const std::string& authorization, uint64_t now_ms) const;

  // For calls of the operator. UNAUTHENTICATED without a key or with an unknown one;
  // PERMISSION_DENIED with an app's key.
  absl::Status check_admin(const std::string& authorization) const;

  // For calls on `app` that need `scope`, with one of its keys or the admin key, at `now_ms`; the
  // result lives until set_apps(). UNAUTHENTICATED as above, for an expired key, and for an unknown
  // app (with the admin key: NOT_FOUND); PERMISSION_DENIED with the key of another app, or without
  // the scope.
  absl::StatusOr<Caller> check_app(const std::string& authorization, const std::string& app,
                                   v1::Scope scope, uint64_t now_ms) const;

 private:
  struct Found {
    const cluster::AppConfig* app;
    const cluster::AppKey* key;
  };
  struct Table {
    cluster::AppsChanged apps = std::make_shared<const cluster::AppTable>();
    // First 8 bytes of a key's hash -> app: a sender cannot choose the hash of a guess.
    std::unordered_multimap<uint64_t, AppId> app_by_hash = {};
  };
  bool is_admin(const runtime::Sha256& hash) const;
  // The app whose key has this hash.
  std::optional<Found> find(const runtime::Sha256& hash) const;

  runtime::Sha256 admin_key_hash_;
  std::shared_ptr<const Table> table_ = std::make_shared<const Table>();
};

// Who makes this call about `app`, if `keys` allow it now: as check_admin() or check_app() say.
absl::StatusOr<Caller> admitted(const Keys& keys, const Method& method,
                                const std::string& authorization, const std::string& app);

}  // namespace tocsin::dispatcher
