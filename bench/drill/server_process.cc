#include "drill/server_process.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <utility>

#include <absl/status/status.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "base/clock.h"

namespace tocsin::drill {
namespace {

constexpr int look_again_ms = 20;
constexpr size_t log_end_bytes = 2000;

using Fields = google::protobuf::Map<std::string, google::protobuf::Value>;

// The whole number in [1, max] at `key`.
absl::StatusOr<uint32_t> number_at(const Fields& fields, const std::string& key, uint32_t max) {
  const auto found = fields.find(key);
  const double value = found == fields.end() ? 0 : found->second.number_value();
  if (!(value >= 1 && value <= max) || value != static_cast<uint32_t>(value)) {
    return absl::InvalidArgumentError(fmt::format("the ready file has no valid {}", key));
  }
  return static_cast<uint32_t>(value);
}

absl::StatusOr<std::string> text_at(const Fields& fields, const std::string& key) {
  const auto found = fields.find(key);
  if (found == fields.end() || found->second.string_value().empty()) {
    return absl::InvalidArgumentError(fmt::format("the ready file has no {}", key));
  }
  return found->second.string_value();
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

absl::StatusOr<ServerReady> parse_ready(std::string_view json) {
  google::protobuf::Struct object;
  if (!google::protobuf::util::JsonStringToMessage(std::string(json), &object).ok()) {
    return absl::InvalidArgumentError("the ready file is not a JSON object");
  }
  const auto pid = number_at(object.fields(), "pid", INT32_MAX);
  const auto gateway_port = number_at(object.fields(), "gateway_port", UINT16_MAX);
  const auto api_port = number_at(object.fields(), "api_port", UINT16_MAX);
  const auto admin_key_file = text_at(object.fields(), "admin_key_file");
  const auto ca_file = text_at(object.fields(), "ca_file");
  for (const absl::Status& status : {pid.status(), gateway_port.status(), api_port.status(),
                                     admin_key_file.status(), ca_file.status()}) {
    if (!status.ok()) return status;
  }
  return ServerReady{static_cast<int>(*pid), static_cast<uint16_t>(*gateway_port),
                     static_cast<uint16_t>(*api_port), *admin_key_file, *ca_file};
}

absl::StatusOr<ServerProcess> ServerProcess::start(const std::string& path,
                                                   const std::vector<std::string>& more_arguments,
                                                   bool keep_directory, const StopSignal& stop) {
  absl::StatusOr<TempDir> directory = TempDir::create();
  if (!directory.ok()) return directory.status();
  if (keep_directory) directory->keep();
  ChildProcess::Options options;
  options.command = {path,
                     "--data_dir",
                     directory->path() + "/data",
                     "--gateway_listen",
                     "127.0.0.1:0",
                     "--api_listen",
                     "127.0.0.1:0",
                     "--grpc_listen=off",
                     "--ready_file",
                     directory->path() + "/ready.json"};
  options.command.insert(options.command.end(), more_arguments.begin(), more_arguments.end());
  options.log_file = directory->path() + "/tocsind.log";
  absl::StatusOr<ChildProcess> child = ChildProcess::start(options);
  if (!child.ok()) return child.status();
  ServerProcess server(*std::move(directory), *std::move(child));
  const absl::Status ready = server.wait_until_ready(stop);
  if (!ready.ok()) return ready;
  return server;
}

ServerProcess::ServerProcess(TempDir directory, ChildProcess child)
    : directory_(std::move(directory)), child_(std::move(child)) {}

ServerProcess::~ServerProcess() { end(); }

absl::Status ServerProcess::wait_until_ready(const StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + start_timeout_ms;
  while (monotonic_ms() < deadline_ms) {
    absl::StatusOr<ServerReady> ready = parse_ready(file_text(directory_.path() + "/ready.json"));
    if (ready.ok()) {
      ready_ = *std::move(ready);
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

void ServerProcess::end() {
  if (child_.pid() <= 0) return;
  const bool was_running = child_.is_running();
  if (!child_.end(stop_grace_ms) && was_running) {
    fmt::print(stderr, "tocsin-drill: the server did not end well ({}); its log ends:\n{}\n",
               child_.how_it_ended(), log_end());
  }
}

std::string ServerProcess::log_end() const {
  const std::string text = file_text(directory_.path() + "/tocsind.log");
  return text.substr(text.size() - std::min(text.size(), log_end_bytes));
}

}  // namespace tocsin::drill
