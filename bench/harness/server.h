// The server that is measured, started by this program or found running, with an app and its keys.
//
// tocsind writes its ready file, one JSON object, when it serves:
//   {"pid": 1, "gateway_port": 1, "api_port": 1, "admin_key_file": "...", "ca_file": "..."}
//
// Thread: the main thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "harness/api_client.h"
#include "harness/service.h"
#include "wire/hello_auth.h"

namespace tocsin::bench {

// The ready file's content.
struct ServerReady {
  int pid = 0;
  uint16_t gateway_port = 0;
  uint16_t api_port = 0;
  uint16_t grpc_port = 0;  // 0: it speaks no gRPC
  std::string admin_key_file;
  std::string ca_file;
};
// INVALID_ARGUMENT when it is not JSON (yet) or a field is missing or out of its range.
absl::StatusOr<ServerReady> parse_ready(const std::string& json);

// A tocsind of this program's own, on ports the system chose.
class ServerProcess : public Service {
 public:
  struct Options {
    std::string program;
    std::vector<std::string> more_arguments = {};
    bool grpc = false;
    bool keep_directory = false;
  };
  // Start it and wait until it serves. The message of a failure holds the end of its log. CANCELLED
  // when `stop` came first.
  static absl::StatusOr<ServerProcess> start(const Options& options, const StopSignal& stop);

  const ServerReady& ready() const { return ready_; }

 private:
  explicit ServerProcess(Service service) : Service(std::move(service)) {}

  ServerReady ready_;
};

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

// A server's door, for that many devices.
struct Gateway {
  uint32_t devices = 0;
  std::string name;     // as it was given: what the certificate must be valid for
  std::string address;  // IPv4
  uint16_t port = 0;
  std::string ca_pem = {};
  std::array<uint8_t, wire::registration_key_bytes> registration_key = {};

  bool is_loopback() const { return address.starts_with("127."); }
};
// "host:port" taken apart, the host resolved. INVALID_ARGUMENT when it is not host:port, NOT_FOUND
// when the host has no IPv4 address.
absl::StatusOr<Gateway> parse_gateway(const std::string& text);

struct ServerUnderTest {
  // Start one and create an app in it. INTERNAL when its registration key is none.
  static absl::StatusOr<ServerUnderTest> spawn(const ServerProcess::Options& options,
                                               const std::string& app, const StopSignal& stop);
  // Take the running one that is named.
  static absl::StatusOr<ServerUnderTest> use_running(const ServerAddress& given);

  // The door for `devices` of its devices.
  Gateway gateway_for(uint32_t devices) const;
  // UNAVAILABLE, with the end of its log, when a server that was started has ended.
  absl::Status check() { return process.has_value() ? process->check() : absl::OkStatus(); }

  std::optional<ServerProcess> process;  // absent: it was running already
  Gateway gateway;
  std::string api_url;
  AppKeys keys;
  int pid = 0;            // 0: unknown
  std::string admin_key;  // empty: unknown
  ApiClient api;
};

}  // namespace tocsin::bench
