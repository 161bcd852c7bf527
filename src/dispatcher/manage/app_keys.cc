#include "dispatcher/manage/app_keys.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/caller.h"
#include "dispatcher/reply/field_faults.h"
#include "dispatcher/reply/keys.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "runtime/tls/key_material.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

constexpr uint64_t overlap_ms_max = uint64_t{30} * 24 * 3600 * 1000;
// Suffix of a rotated key's name until its overlap ends; no key can be given such a name.
constexpr std::string_view old_suffix = ".old";
// Storage takes no name longer than key_id_bytes_max, not even of a rotated key.
constexpr size_t id_bytes_max = limits::key_id_bytes_max - old_suffix.size();

const cluster::AppKey* find_key(const cluster::AppConfig& app, const std::string& id) {
  const auto at = std::find_if(app.keys.begin(), app.keys.end(),
                               [&](const cluster::AppKey& key) { return key.id == id; });
  return at == app.keys.end() ? nullptr : &*at;
}

absl::Status no_such_key(const std::string& id) {
  return absl::NotFoundError(fmt::format("this app has no key '{}'", id));
}

absl::Status too_many_keys() {
  return absl::ResourceExhaustedError(
      fmt::format("this app has its maximum of {} keys: revoke one", limits::keys_per_app_max));
}

v1::Key shown(const std::string& app, const cluster::AppKey& key) {
  v1::Key shown;
  shown.set_name(fmt::format("{}/keys/{}", app_resource(app), key.id));
  shown.set_key_id(key.id);
  for (int scope = v1::Scope_MIN; scope <= v1::Scope_MAX; ++scope) {
    if ((key.scopes & scope_bit(static_cast<v1::Scope>(scope))) != 0) {
      shown.add_scopes(static_cast<v1::Scope>(scope));
    }
  }
  shown.set_label(key.label);
  json::set_time(*shown.mutable_create_time(), key.created_at_ms);
  if (key.expires_at_ms > 0) json::set_time(*shown.mutable_expire_time(), key.expires_at_ms);
  return shown;
}

std::string record_of(AppId app, const cluster::AppKey& key, uint64_t now_ms) {
  internal::Record record;
  internal::AppChanged& changed = *record.mutable_app_changed();
  changed.set_app_id(app.value);
  changed.set_changed_at_ms(now_ms);
  internal::AppKey& stored = *changed.mutable_key();
  stored.set_key_id(key.id);
  stored.set_key_hash(key.hash.data(), key.hash.size());
  stored.set_scopes(key.scopes);
  stored.set_label(key.label);
  stored.set_created_at_ms(key.created_at_ms);
  stored.set_expires_at_ms(key.expires_at_ms);
  return record.SerializeAsString();
}

std::string removal_of(AppId app, const std::string& key, uint64_t now_ms) {
  internal::Record record;
  internal::AppChanged& changed = *record.mutable_app_changed();
  changed.set_app_id(app.value);
  changed.set_changed_at_ms(now_ms);
  changed.set_removed_key_id(key);
  return record.SerializeAsString();
}

// Gives `key` a new secret, which is returned.
std::string renew(cluster::AppKey& key) {
  const std::string secret = make_key();
  key.hash = runtime::sha256(as_bytes(secret));
  return secret;
}

std::string made_up_id() {
  std::array<uint8_t, 4> random;
  runtime::random_bytes(random);
  return "key-" + to_hex(random);
}

absl::Status check(const cluster::AppConfig& app, const v1::CreateKeyRequest& request) {
  FieldFaults faults;
  if (!request.key_id().empty() && !is_app_name(request.key_id())) {
    faults.add("key_id", "a name is a lower-case letter, then up to 62 of a-z 0-9 and '-'");
  }
  if (request.key_id().size() > id_bytes_max) {
    faults.add("key_id",
               fmt::format("at most {} bytes, not {}", id_bytes_max, request.key_id().size()));
  }
  if (request.scopes().empty()) {
    faults.add("scopes", "give at least one of SEND, READ, ADMIN, ALERT");
  }
  for (const int scope : request.scopes()) {
    if (scope > 0 && scope < 32 && (app_scopes & Scopes{1} << scope) != 0) continue;
    faults.add("scopes", "must be SEND, READ, ADMIN or ALERT");
    break;
  }
  if (request.label().size() > limits::label_bytes_max) {
    faults.add("label", fmt::format("at most {} bytes, not {}", limits::label_bytes_max,
                                    request.label().size()));
  }
  const auto lifetime_ms = json::ms_of(request.lifetime());
  if (request.has_lifetime() &&
      (!lifetime_ms || *lifetime_ms < 1000 || *lifetime_ms > limits::key_lifetime_ms_max)) {
    faults.add("lifetime", "must be between \"1s\" and \"315360000s\" (10 years)");
  }
  if (!faults.is_empty()) return faults.status();
  if (find_key(app, request.key_id()) != nullptr) {
    return absl::AlreadyExistsError(fmt::format(
        "this app already has a key '{}': rotate it, or choose another name", request.key_id()));
  }
  return absl::OkStatus();
}

}  // namespace

void AppKeys::create(const cluster::AppConfig& app, const v1::CreateKeyRequest& request,
                     Reply reply) {
  if (auto status = check(app, request); !status.ok()) return reply.fail(status);
  const uint64_t now_ms = wall_ms();
  size_t keys = app.keys.size();
  for (const cluster::AppKey& key : app.keys) {
    if (key.expires_at_ms == 0 || key.expires_at_ms > now_ms) continue;
    services_.log.append(removal_of(app.id, key.id, now_ms), [](auto) {});
    --keys;
  }
  if (keys >= limits::keys_per_app_max) return reply.fail(too_many_keys());
  cluster::AppKey key;
  key.id = request.key_id().empty() ? made_up_id() : request.key_id();
  for (const int scope : request.scopes()) key.scopes |= scope_bit(static_cast<v1::Scope>(scope));
  key.label = request.label();
  key.created_at_ms = now_ms;
  if (request.has_lifetime()) key.expires_at_ms = now_ms + *json::ms_of(request.lifetime());
  const std::string secret = renew(key);
  v1::Key answer = shown(app.name, key);
  answer.set_secret(secret);
  append_then_answer(services_, record_of(app.id, key, now_ms), "a key", std::move(answer), reply);
}

void AppKeys::list(const cluster::AppConfig& app, Reply reply) {
  v1::ListKeysResponse response;
  for (const cluster::AppKey& key : app.keys) *response.add_keys() = shown(app.name, key);
  reply.send(std::move(response));
}

void AppKeys::rotate(const cluster::AppConfig& app, const v1::RotateKeyRequest& request,
                     Reply reply) {
  const cluster::AppKey* key = find_key(app, request.key_id());
  if (key == nullptr) return reply.fail(no_such_key(request.key_id()));
  if (request.key_id().ends_with(old_suffix)) {
    return reply.fail(
        invalid_field("key_id", "is a rotated key, which expires by itself: rotate the new one"));
  }
  const auto overlap_ms = json::ms_of(request.overlap());
  if (!overlap_ms || *overlap_ms > overlap_ms_max) {
    return reply.fail(
        invalid_field("overlap", "must be between \"0s\" and \"2592000s\" (30 days)"));
  }
  const uint64_t now_ms = wall_ms();
  const bool is_one_more =
      *overlap_ms > 0 && find_key(app, fmt::format("{}{}", key->id, old_suffix)) == nullptr;
  if (is_one_more && app.keys.size() >= limits::keys_per_app_max)
    return reply.fail(too_many_keys());
  if (*overlap_ms > 0) {
    cluster::AppKey old = *key;
    old.id += old_suffix;
    old.expires_at_ms = now_ms + *overlap_ms;
    services_.log.append(record_of(app.id, old, now_ms), [](auto) {});
  }
  cluster::AppKey renewed = *key;
  renewed.created_at_ms = now_ms;
  const std::string secret = renew(renewed);
  v1::Key answer = shown(app.name, renewed);
  answer.set_secret(secret);
  append_then_answer(services_, record_of(app.id, renewed, now_ms), "a key", std::move(answer),
                     reply);
}

void AppKeys::revoke(const cluster::AppConfig& app, const v1::RevokeKeyRequest& request,
                     Reply reply) {
  if (find_key(app, request.key_id()) == nullptr) {
    return reply.fail(no_such_key(request.key_id()));
  }
  append_then_answer(services_, removal_of(app.id, request.key_id(), wall_ms()),
                     "the removal of a key", v1::Nothing(), reply);
}

}  // namespace tocsin::dispatcher
