// PeerVisit: one server of another maker: start it, fill it with clients, broadcast, end it.
//
//   start -> at rest: memory -> connect all -> settled: memory -> per round: CPU, publish,
//   last client: CPU, a second later: CPU -> end
//
// Thread: the main thread.
#pragma once

#include <absl/status/statusor.h>

#include "compare/comparison.h"
#include "compare/options.h"
#include "compare/peer_kind.h"
#include "drill/stop_signal.h"

namespace tocsin::compare {

// CANCELLED when a signal came; any other error says why this server cannot be measured.
absl::StatusOr<Visit> visit_peer(const PeerKind& kind, const Options& options,
                                 const drill::StopSignal& stop);

}  // namespace tocsin::compare
