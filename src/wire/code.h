// Result codes of the protocol layer: no exceptions, no heap, fit for the SDK on a small device.
//
// Thread: values.
#pragma once

namespace tocsin::wire {

enum class Code {
  ok,
  incomplete,   // more bytes are needed; nothing was consumed
  malformed,    // not the protocol
  too_large,    // over a limit in base/limits.h
  wrong_state,  // legal, but not now
  unauthenticated,
  overloaded,  // a bounded queue is full
  closed,      // the peer ended the connection properly
  internal,    // the crypto library failed
};

// For logs and messages.
const char* name_of(Code code);

}  // namespace tocsin::wire
