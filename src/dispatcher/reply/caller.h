// Who makes a call, known once the key is checked, and what that key may do.
//
// Thread: values; `app` lives until the app table changes: use it before anything asynchronous.
#pragma once

#include <cstdint>

#include <absl/status/status.h>

#include "cluster/bus_message.h"
#include "tocsin/v1/http.pb.h"

namespace tocsin::dispatcher {

// A set of scopes, as stored with keys: a bit for each.
using Scopes = uint32_t;
constexpr Scopes scope_bit(v1::Scope scope) { return Scopes{1} << scope; }
// The most that an app's own keys can have.
inline constexpr Scopes app_scopes =
    scope_bit(v1::SEND) | scope_bit(v1::READ) | scope_bit(v1::ADMIN) | scope_bit(v1::ALERT);
inline constexpr Scopes all_scopes = app_scopes | scope_bit(v1::OPERATOR);

struct Caller {
  const cluster::AppConfig* app = nullptr;  // nullptr: the call is about no app
  Scopes scopes = 0;

  bool may(v1::Scope scope) const { return (scopes & scope_bit(scope)) != 0; }
};

// PERMISSION_DENIED that names what is missing.
absl::Status lacks_scope(v1::Scope scope);

}  // namespace tocsin::dispatcher
