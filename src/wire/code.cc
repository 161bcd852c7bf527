#include "wire/code.h"

namespace tocsin::wire {

const char* name_of(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::incomplete:
      return "incomplete";
    case Code::malformed:
      return "malformed";
    case Code::too_large:
      return "too large";
    case Code::wrong_state:
      return "wrong state";
    case Code::unauthenticated:
      return "unauthenticated";
    case Code::overloaded:
      return "overloaded";
    case Code::closed:
      return "closed";
    case Code::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace tocsin::wire
