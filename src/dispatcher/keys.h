// Who may call what: the admin key, and one send key per app.
//
//   admin key   whatever the operator configured; only its SHA-256 is known here
//   send key    "tsk_" + 64 hexadecimal digits (32 random bytes); only its SHA-256 is stored
//   (a registration key is 32 random bytes as hexadecimal; devices use it, this API does not)
//
// A key is compared by hash in constant time. An app that does not exist and a wrong key get the
// same answer, so that app names cannot be probed.
//
// Thread: owned by the dispatcher's shard.  Bound: apps_max.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "cluster/bus_message.h"
#include "runtime/key_material.h"

namespace tocsin::dispatcher {

std::string make_send_key();

// The token of "Bearer TOKEN"; nullopt for anything else.
std::optional<std::string> bearer_token(const std::string& authorization);

class Keys {
 public:
  explicit Keys(const runtime::Sha256& admin_key_hash);

  void set_apps(cluster::AppsChanged apps);
  const cluster::AppTable& apps() const { return *apps_; }

  // For calls of the operator. UNAUTHENTICATED without a key or with one nobody has;
  // PERMISSION_DENIED with a send key.
  absl::Status check_admin(const std::string& authorization) const;

  // For calls on `app`, with its send key or the admin key; the result lives until set_apps().
  // UNAUTHENTICATED as above, also for an unknown app unless the admin asks (NOT_FOUND);
  // PERMISSION_DENIED with the key of another app.
  absl::StatusOr<const cluster::AppConfig*> check_app(const std::string& authorization,
                                                      const std::string& app) const;

 private:
  bool is_admin(const runtime::Sha256& hash) const;
  // Whether `hash` is that of any app's key.
  bool is_send_key(const runtime::Sha256& hash) const;

  runtime::Sha256 admin_key_hash_;
  cluster::AppsChanged apps_ = std::make_shared<const cluster::AppTable>();
  // First 8 bytes of a key's hash -> app: a sender cannot choose the hash of a guess.
  std::unordered_multimap<uint64_t, AppId> app_by_hash_;
};

}  // namespace tocsin::dispatcher
