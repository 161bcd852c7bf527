// nginx of the Debian package, answering every request with the same 202: the least that an HTTPS
// server on this machine takes for a send.
//
// Thread: the main thread.  Bound: that of compare::PeerProcess.
#pragma once

#include <string>

#include <absl/status/statusor.h>

#include "api/send_place.h"
#include "compare/peer_process.h"
#include "drill/stop_signal.h"

namespace tocsin::api {

// Start it with the settings in `settings_folder` and this answer. NOT_FOUND when it is not
// installed, or the folder is not there.
absl::StatusOr<compare::PeerProcess> start_constant_server(const std::string& settings_folder,
                                                           const std::string& answer,
                                                           const drill::StopSignal& stop);

// The same requests as to `like`, sent there.
SendPlace place_of(const compare::PeerProcess& server, const SendPlace& like);

}  // namespace tocsin::api
