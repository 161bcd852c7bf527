// ApiServer: a tocsind of this bench's own that speaks REST and gRPC, with one app.
//
// A new one for each part: what a part leaves behind in a server's memory would hide what the next
// one takes.
//
// Thread: the main thread.  Bound: start_timeout_ms; it is killed stop_grace_ms after SIGTERM.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "api/send_place.h"
#include "drill/alert_api.h"
#include "drill/child_process.h"
#include "drill/server_process.h"
#include "drill/stop_signal.h"
#include "drill/temp_dir.h"

namespace tocsin::api {

class ApiServer {
 public:
  static constexpr uint64_t start_timeout_ms = drill::ServerProcess::start_timeout_ms;
  static constexpr int stop_grace_ms = drill::ServerProcess::stop_grace_ms;

  // Start `program`, wait until it serves, create the app. The message of a failure holds the end
  // of its log. CANCELLED when `stop` came first.
  static absl::StatusOr<std::unique_ptr<ApiServer>> start(const std::string& program,
                                                          size_t payload_bytes,
                                                          const drill::StopSignal& stop);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  int pid() const { return child_.pid(); }
  const SendPlace& place() const { return place_; }
  drill::AlertApi& api() { return *api_; }
  const drill::AppKeys& keys() const { return keys_; }
  // What a device needs besides the keys: "127.0.0.1:1", and the file of the authority.
  const std::string& gateway() const { return gateway_; }
  const std::string& ca_file() const { return ready_.ca_file; }
  // For what belongs to this server; removed with it.
  const std::string& folder() const { return folder_.path(); }

 private:
  ApiServer(drill::TempDir folder, drill::ChildProcess child);
  absl::Status wait_until_ready(const drill::StopSignal& stop);
  absl::Status make_app(size_t payload_bytes);
  std::string log_end() const;

  drill::TempDir folder_;  // removed after the process has ended
  drill::ChildProcess child_;
  drill::ServerReady ready_;
  std::string gateway_;
  SendPlace place_;
  std::optional<drill::AlertApi> api_;
  drill::AppKeys keys_;
};

// The gRPC port in the text of a ready file; INVALID_ARGUMENT when it has none (yet).
absl::StatusOr<uint16_t> grpc_port_in(const std::string& ready_json);

}  // namespace tocsin::api
