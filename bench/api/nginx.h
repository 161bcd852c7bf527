// nginx of the Debian package, answering every request with the same 202: the least that an HTTPS
// server on this machine takes for a send.
//
// Thread: the main thread.  Bound: that of compare::PeerProcess.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "api/sender.h"
#include "compare/peer_process.h"
#include "harness/stop_signal.h"

namespace tocsin::api {

struct Nginx {
  std::unique_ptr<compare::PeerProcess> process;  // null: it is not installed
  std::string absence;                            // why
  SendPlace place;                                // the same requests as to `like`, sent there
};

// Start it with the settings in `settings_folder` and the answer that `like` gives.
absl::StatusOr<Nginx> start_nginx(const std::string& settings_folder, const SendPlace& like,
                                  const harness::StopSignal& stop);

}  // namespace tocsin::api
