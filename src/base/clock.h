// The clocks, in the few places that may read one. Protocol code (*_fsm) gets time as arguments.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace tocsin {

// Never steps back; for deadlines and durations. Its origin is unspecified.
uint64_t monotonic_ms();
uint64_t monotonic_ns();

// Milliseconds since 1970-01-01 UTC; may step. For expiry times that outlive the process.
uint64_t wall_ms();

}  // namespace tocsin
