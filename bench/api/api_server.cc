#include "api/api_server.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <utility>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "base/clock.h"

namespace tocsin::api {
namespace {

constexpr char app_name[] = "bench";
constexpr int look_again_ms = 20;
constexpr size_t log_end_bytes = 2000;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

absl::StatusOr<uint16_t> grpc_port_in(const std::string& ready_json) {
  google::protobuf::Struct object;
  if (google::protobuf::util::JsonStringToMessage(ready_json, &object).ok()) {
    const auto found = object.fields().find("grpc_port");
    const double port = found == object.fields().end() ? 0 : found->second.number_value();
    if (port >= 1 && port <= UINT16_MAX) return static_cast<uint16_t>(port);
  }
  return absl::InvalidArgumentError("the ready file has no grpc_port: is this tocsind too old?");
}

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::start(const std::string& program,
                                                            size_t payload_bytes,
                                                            const drill::StopSignal& stop) {
  absl::StatusOr<drill::TempDir> folder = drill::TempDir::create();
  if (!folder.ok()) return folder.status();
  drill::ChildProcess::Options options;
  options.command = {program,
                     "--data_dir",
                     folder->path() + "/data",
                     "--gateway_listen",
                     "127.0.0.1:0",
                     "--api_listen",
                     "127.0.0.1:0",
                     "--grpc_listen",
                     "127.0.0.1:0",
                     "--ready_file",
                     folder->path() + "/ready.json"};
  options.log_file = folder->path() + "/tocsind.log";
  absl::StatusOr<drill::ChildProcess> child = drill::ChildProcess::start(options);
  if (!child.ok()) return child.status();
  std::unique_ptr<ApiServer> server(new ApiServer(*std::move(folder), *std::move(child)));
  if (absl::Status ready = server->wait_until_ready(stop); !ready.ok()) return ready;
  if (absl::Status made = server->make_app(payload_bytes); !made.ok()) return made;
  return server;
}

ApiServer::ApiServer(drill::TempDir folder, drill::ChildProcess child)
    : folder_(std::move(folder)), child_(std::move(child)) {}

ApiServer::~ApiServer() { child_.end(stop_grace_ms); }

absl::Status ApiServer::wait_until_ready(const drill::StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + start_timeout_ms;
  while (monotonic_ms() < deadline_ms) {
    const std::string text = file_text(folder() + "/ready.json");
    absl::StatusOr<drill::ServerReady> ready = drill::parse_ready(text);
    if (ready.ok()) {
      const absl::StatusOr<uint16_t> grpc_port = grpc_port_in(text);
      if (!grpc_port.ok()) return grpc_port.status();
      ready_ = *std::move(ready);
      place_.grpc_address = fmt::format("127.0.0.1:{}", *grpc_port);
      return absl::OkStatus();
    }
    if (!child_.is_running()) {
      return absl::UnavailableError(fmt::format("the server ended at once ({}); its log ends:\n{}",
                                                child_.how_it_ended(), log_end()));
    }
    if (stop.sleep_ms(look_again_ms)) return absl::CancelledError("interrupted");
  }
  return absl::DeadlineExceededError(
      fmt::format("the server was not ready after {} s; its log ends:\n{}", start_timeout_ms / 1000,
                  log_end()));
}

absl::Status ApiServer::make_app(size_t payload_bytes) {
  gateway_ = fmt::format("127.0.0.1:{}", ready_.gateway_port);
  place_.rest_url = fmt::format("https://127.0.0.1:{}", ready_.api_port);
  place_.ca_pem = file_text(ready_.ca_file);
  place_.payload_bytes = payload_bytes;
  std::string admin_key = file_text(ready_.admin_key_file);
  admin_key.erase(admin_key.find_last_not_of(" \t\r\n") + 1);
  absl::StatusOr<drill::AlertApi> api = drill::AlertApi::create(place_.rest_url, place_.ca_pem);
  if (!api.ok()) return api.status();
  api_.emplace(*std::move(api));
  absl::StatusOr<drill::AppKeys> keys = api_->create_app(admin_key, app_name);
  if (!keys.ok()) return keys.status();
  keys_ = *std::move(keys);
  place_.app = keys_.app;
  place_.send_key = keys_.send_key;
  return absl::OkStatus();
}

std::string ApiServer::log_end() const {
  const std::string text = file_text(folder() + "/tocsind.log");
  return text.substr(text.size() - std::min(text.size(), log_end_bytes));
}

}  // namespace tocsin::api
