// Handshake race: CPU per handshake of the server's own pool against a bare OpenSSL accept loop.
//
//   for each round:  full: bare, pool   resumed: bare, pool     (the order turns round every time)
//
// Many clients at once; each takes its ticket and waits until the server has closed. Servers on one
// core, clients on another, so that neither is measured waiting for the other.
//
// Thread: the main thread, which must be the only one.
#pragma once

#include <cstdint>

#include <absl/status/statusor.h>

#include "harness/bench.h"
#include "harness/figures.h"

namespace tocsin::bench::storm {

struct RaceOptions {
  uint32_t rounds = 15;
  uint32_t handshakes = 400;  // per round, server and kind
  uint32_t at_once = 32;
};

// Of one kind of handshake.
struct RaceResult {
  Series bare_us;
  Series pool_us;
  Series ratio;  // pool / bare, of the same round
};
BOOST_DESCRIBE_STRUCT(RaceResult, (), (bare_us, pool_us, ratio))

struct HandshakeRace {
  RaceResult full;
  RaceResult resumed;
};

// UNAVAILABLE when a server or a handshake failed, or was resumed and should not have been, or the
// other way round.
absl::StatusOr<HandshakeRace> race_handshakes(const RaceOptions& options);
void tell(const HandshakeRace& race, Findings& findings);

}  // namespace tocsin::bench::storm
