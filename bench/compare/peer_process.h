// PeerProcess: a server of another maker, started by this program with settings of its own, on a
// free port of 127.0.0.1.
//
// Thread: as Service.  Bound: its.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <absl/status/statusor.h>

#include "compare/peer_kind.h"
#include "harness/service.h"

namespace tocsin::bench::compare {

// "PORT" -> "4711", for each @PORT@ in a template of settings.
using SettingsWords = std::map<std::string, std::string, std::less<>>;
// INVALID_ARGUMENT names a word that is not there.
absl::StatusOr<std::string> fill_settings(std::string_view settings, const SettingsWords& words);

class PeerProcess : public Service {
 public:
  // Its settings are made from the template in `settings_folder`, by filling in `words` and those
  // that are known here. NOT_FOUND when it is not installed; else why it does not serve, with the
  // end of its log.
  static absl::StatusOr<PeerProcess> start(const PeerServer& server,
                                           const std::string& settings_folder, bool keep_folder,
                                           const StopSignal& stop, SettingsWords words = {});

  uint16_t port() const { return port_; }
  const std::string& ca_pem() const { return ca_pem_; }

 private:
  PeerProcess(Service service, uint16_t port, std::string ca_pem)
      : Service(std::move(service)), port_(port), ca_pem_(std::move(ca_pem)) {}

  uint16_t port_;
  std::string ca_pem_;
};

}  // namespace tocsin::bench::compare
