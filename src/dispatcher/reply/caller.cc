#include "dispatcher/reply/caller.h"

#include <fmt/format.h>

namespace tocsin::dispatcher {

absl::Status lacks_scope(v1::Scope scope) {
  return absl::PermissionDeniedError(
      fmt::format("this key may not do this: it needs the scope {}", v1::Scope_Name(scope)));
}

}  // namespace tocsin::dispatcher
