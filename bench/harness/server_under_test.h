// ServerUnderTest: the server that is measured, started by this program or found running, with an
// app and its keys.
//
// Thread: the main thread.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "harness/api_client.h"
#include "harness/server_process.h"
#include "wire/hello_auth.h"

namespace tocsin::harness {

// A server that already runs: where it is and what it takes to use it.
struct ServerAddress {
  std::string gateway;  // "127.0.0.1:7443"
  std::string api;      // "https://127.0.0.1:8443"
  std::string ca_file;  // PEM of the authority both ends are checked with
  std::string app;      // its name
  std::string send_key;
  std::string registration_key;  // 64 hex digits
  int pid = 0;                   // 0: memory and CPU are not measured
};

// "host:port" taken apart, the host resolved.
struct GatewayPlace {
  std::string name;     // as given: what the certificate must be valid for
  std::string address;  // IPv4
  uint16_t port = 0;
  bool loopback = false;  // 127.0.0.0/8
};
// INVALID_ARGUMENT when it is not host:port, NOT_FOUND when the host has no IPv4 address.
absl::StatusOr<GatewayPlace> parse_gateway(const std::string& text);

// A server's door, for so many devices.
struct Gateway {
  uint32_t devices = 0;
  std::string address;  // IPv4
  uint16_t port = 0;
  std::string server_name;  // that its certificate must be valid for
  std::string ca_pem;
  std::array<uint8_t, wire::registration_key_bytes> registration_key{};
};

struct ServerUnderTest {
  // Start one and create an app in it.
  static absl::StatusOr<ServerUnderTest> spawn(const ServerProcess::Options& options,
                                               const std::string& app, const StopSignal& stop);
  // Take the running one that is named.
  static absl::StatusOr<ServerUnderTest> use_running(const ServerAddress& given);

  // The door for `devices` of its devices. INTERNAL when its registration key is none.
  absl::StatusOr<Gateway> gateway_for(uint32_t devices) const;
  // UNAVAILABLE, with the end of its log, when a server that was started has ended.
  absl::Status check() { return process.has_value() ? process->check() : absl::OkStatus(); }

  std::optional<ServerProcess> process;  // absent: it was running already
  GatewayPlace place;
  std::string api_url;
  std::string ca_pem;
  AppKeys keys;
  int pid = 0;            // 0: unknown
  std::string admin_key;  // empty: unknown
  ApiClient api;
};

}  // namespace tocsin::harness
