// ServerUnderTest: the server a drill is run against, started by it or found running, with an app
// and its keys.
//
// Thread: the main thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/alert_api.h"
#include "drill/options.h"
#include "drill/server_process.h"
#include "drill/stop_signal.h"
#include "wire/hello_auth.h"

namespace tocsin::drill {

// "host:port" taken apart, the host resolved.
struct GatewayPlace {
  std::string name;     // as given: what the certificate must be valid for
  std::string address;  // IPv4
  uint16_t port = 0;
  bool loopback = false;  // 127.0.0.0/8
};

// INVALID_ARGUMENT when it is not host:port, NOT_FOUND when the host has no IPv4 address.
absl::StatusOr<GatewayPlace> parse_gateway(const std::string& text);

struct ServerUnderTest {
  std::optional<ServerProcess> process;  // absent: it was running already
  GatewayPlace gateway;
  std::string ca_pem;
  AppKeys keys;
  std::array<uint8_t, wire::registration_key_bytes> registration_key{};
  int pid = 0;            // 0: unknown
  std::string admin_key;  // empty: unknown
  AlertApi api;
};

// Start a server with these arguments besides its own, and create an app.
absl::StatusOr<ServerUnderTest> spawn_server(const Options& options,
                                             const std::vector<std::string>& arguments,
                                             const StopSignal& stop);
// Take the running one that is named.
absl::StatusOr<ServerUnderTest> use_running_server(const ServerAddress& given);

}  // namespace tocsin::drill
