#include "dispatcher/reply/keys.h"

#include <cstring>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/hex.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/names.h"

namespace tocsin::dispatcher {
namespace {

absl::Status no_key() {
  return absl::UnauthenticatedError(
      "a key is needed: send the header 'Authorization: Bearer KEY' with a key of the app, or the "
      "admin key");
}

absl::Status wrong_key() {
  return absl::UnauthenticatedError(
      "this key is not valid for this call: check the key and the app's name");
}

absl::Status expired_key() {
  return absl::UnauthenticatedError("this key has expired: use the new one, or make another");
}

absl::Status no_app() { return invalid_field("app", "is missing: give the app's name"); }

bool has_expired(const cluster::AppKey& key, uint64_t now_ms) {
  return key.expires_at_ms > 0 && now_ms >= key.expires_at_ms;
}

uint64_t prefix_of(const runtime::Sha256& hash) {
  uint64_t prefix;
  std::memcpy(&prefix, hash.data(), sizeof prefix);
  return prefix;
}

bool is_bearer(std::string_view scheme) {
  constexpr std::string_view bearer = "bearer";
  if (scheme.size() != bearer.size()) return false;
  for (size_t i = 0; i < bearer.size(); ++i) {
    if ((scheme[i] | 0x20) != bearer[i]) return false;
  }
  return true;
}

}  // namespace

std::string make_key() {
  std::array<uint8_t, 32> secret;
  runtime::random_bytes(secret);
  return "tsk_" + to_hex(secret);
}

std::optional<std::string> bearer_token(const std::string& authorization) {
  const std::string_view text = authorization;
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || !is_bearer(text.substr(0, space))) return std::nullopt;
  const size_t start = text.find_first_not_of(' ', space);
  if (start == std::string_view::npos) return std::nullopt;
  const size_t end = text.find_last_not_of(' ');
  return std::string(text.substr(start, end + 1 - start));
}

Keys::Keys(const runtime::Sha256& admin_key_hash) : admin_key_hash_(admin_key_hash) {}

void Keys::set_apps(cluster::AppsChanged apps) {
  auto table = std::make_shared<Table>();
  for (const auto& [id, app] : apps->by_id) {
    for (const cluster::AppKey& key : app.keys) {
      table->app_by_hash.emplace(prefix_of(key.hash), app.id);
    }
  }
  table->apps = std::move(apps);
  table_ = std::move(table);
}

bool Keys::is_admin(const runtime::Sha256& hash) const {
  return equal_constant_time(hash, admin_key_hash_);
}

std::optional<Keys::Found> Keys::find(const runtime::Sha256& hash) const {
  const auto [begin, end] = table_->app_by_hash.equal_range(prefix_of(hash));
  for (auto at = begin; at != end; ++at) {
    const cluster::AppConfig* app = table_->apps->find(at->second);
    if (app == nullptr) continue;
    for (const cluster::AppKey& key : app->keys) {
      if (equal_constant_time(hash, key.hash)) return Found{app, &key};
    }
  }
  return std::nullopt;
}

absl::Status Keys::check_known(const std::string& authorization, uint64_t now_ms) const {
  const auto token = bearer_token(authorization);
  if (!token) return no_key();
  const runtime::Sha256 hash = runtime::sha256(as_bytes(*token));
  if (is_admin(hash)) return absl::OkStatus();
  const auto found = find(hash);
  if (!found) return wrong_key();
  return has_expired(*found->key, now_ms) ? expired_key() : absl::OkStatus();
}

absl::Status Keys::check_admin(const std::string& authorization) const {
  const auto token = bearer_token(authorization);
  if (!token) return no_key();
  const runtime::Sha256 hash = runtime::sha256(as_bytes(*token));
  if (is_admin(hash)) return absl::OkStatus();
  if (!find(hash)) return wrong_key();
  return absl::PermissionDeniedError("this call needs the admin key, not an app's key");
}

absl::StatusOr<Caller> Keys::check_app(const std::string& authorization, const std::string& app,
                                       v1::Scope scope, uint64_t now_ms) const {
  const auto token = bearer_token(authorization);
  if (!token) return no_key();
  const runtime::Sha256 hash = runtime::sha256(as_bytes(*token));
  const cluster::AppConfig* wanted = table_->apps->find(app);
  if (is_admin(hash)) {
    if (app.empty()) return no_app();
    if (wanted != nullptr) return Caller{wanted, all_scopes};
    return absl::NotFoundError(
        fmt::format("there is no app of this name: create it with 'tocsin app create {}'",
                    is_app_name(app) ? app : "NAME"));
  }
  const auto found = find(hash);
  if (found && app.empty()) return no_app();
  if (wanted == nullptr || !found) return wrong_key();
  if (has_expired(*found->key, now_ms)) return expired_key();
  if (found->app != wanted) return absl::PermissionDeniedError("this key belongs to another app");
  const Caller caller{wanted, found->key->scopes};
  if (!caller.may(scope)) return lacks_scope(scope);
  return caller;
}

absl::StatusOr<Caller> admitted(const Keys& keys, const Method& method,
                                const std::string& authorization, const std::string& app) {
  if (method.scope != v1::OPERATOR) {
    return keys.check_app(authorization, app, method.scope, wall_ms());
  }
  const absl::Status allowed = keys.check_admin(authorization);
  if (!allowed.ok()) return allowed;
  return Caller{nullptr, all_scopes};
}

}  // namespace tocsin::dispatcher
