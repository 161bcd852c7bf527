// A visit: one server started, filled with clients, measured and ended.
//
//   start -> at rest: memory -> connect all -> settled: memory -> per round: CPU, publish,
//   last client: CPU, a second later: CPU -> end
//
// Tocsin's devices speak its protocol with the SDK's code, so the drill drives them, as a program
// of its own whose JSON is read: one worker of one thread, as many clients and handshakes under way
// as for the others. bench/README.md says in what its figures differ.
//
// Thread: the main thread.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "compare/comparison.h"
#include "compare/options.h"
#include "compare/peer_kind.h"
#include "harness/stop_signal.h"

namespace tocsin::bench::compare {

// CANCELLED when a signal came; any other error says why this server cannot be measured.
absl::StatusOr<Visit> visit_peer(const PeerKind& kind, const Options& options,
                                 const StopSignal& stop);
absl::StatusOr<Visit> visit_tocsin(const Options& options, const StopSignal& stop);

// The drill's JSON as a visit. INVALID_ARGUMENT when it is none of the known format.
absl::StatusOr<Visit> visit_of_drill_json(const std::string& json);

// What `tocsind --version` says, or "unknown".
std::string tocsin_version(const Options& options);

}  // namespace tocsin::bench::compare
