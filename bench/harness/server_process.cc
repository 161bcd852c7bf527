#include "harness/server_process.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "harness/json.h"
#include "harness/text_file.h"
#include "harness/try.h"

namespace tocsin::harness {
namespace {

constexpr uint32_t look_again_ms = 20;

// The whole number in [1, max] at `key`; 0 when there is none.
uint32_t count_at(const Json& object, const char* key, uint32_t max) {
  const double value = number_at(object, key).value_or(0);
  return value >= 1 && value <= max ? static_cast<uint32_t>(value) : 0;
}

}  // namespace

absl::StatusOr<ServerReady> parse_ready(const std::string& json) {
  const Json object = parse_object(json);
  const ServerReady ready{static_cast<int>(count_at(object, "pid", INT32_MAX)),
                          static_cast<uint16_t>(count_at(object, "gateway_port", UINT16_MAX)),
                          static_cast<uint16_t>(count_at(object, "api_port", UINT16_MAX)),
                          static_cast<uint16_t>(count_at(object, "grpc_port", UINT16_MAX)),
                          text_at(object, "admin_key_file"),
                          text_at(object, "ca_file")};
  for (const auto& [is_there, key] : {std::pair{ready.pid != 0, "pid"},
                                      {ready.gateway_port != 0, "gateway_port"},
                                      {ready.api_port != 0, "api_port"},
                                      {!ready.admin_key_file.empty(), "admin_key_file"},
                                      {!ready.ca_file.empty(), "ca_file"}}) {
    if (is_there) continue;
    return absl::InvalidArgumentError(fmt::format("the ready file has no valid {}", key));
  }
  return ready;
}

absl::StatusOr<ServerProcess> ServerProcess::start(const Options& options, const StopSignal& stop) {
  TOCSIN_TAKE(TempDir directory, TempDir::create());
  if (options.keep_directory) directory.keep();
  const std::string& path = directory.path();
  ChildProcess::Options child_options{
      {options.program, "--data_dir", path + "/data", "--gateway_listen", "127.0.0.1:0",
       "--api_listen", "127.0.0.1:0",
       fmt::format("--grpc_listen={}", options.grpc ? "127.0.0.1:0" : "off"), "--ready_file",
       path + "/ready.json"},
      path + "/tocsind.log"};
  child_options.command.insert(child_options.command.end(), options.more_arguments.begin(),
                               options.more_arguments.end());
  TOCSIN_TAKE(ChildProcess child, ChildProcess::start(child_options));
  ServerProcess server(std::move(directory), std::move(child));
  TOCSIN_TRY(server.wait_until_ready(stop));
  if (!options.grpc || server.ready_.grpc_port != 0) return server;
  return absl::InvalidArgumentError("the ready file has no grpc_port: is this tocsind too old?");
}

absl::Status ServerProcess::wait_until_ready(const StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + start_timeout_ms;
  while (monotonic_ms() < deadline_ms) {
    absl::StatusOr<ServerReady> ready = parse_ready(file_text(directory() + "/ready.json"));
    if (ready.ok()) {
      ready_ = *std::move(ready);
      return absl::OkStatus();
    }
    TOCSIN_TRY(check());
    TOCSIN_TRY(stop.sleep_ms(look_again_ms));
  }
  return absl::DeadlineExceededError(
      fmt::format("the server was not ready after {} s; its log ends:\n{}", start_timeout_ms / 1000,
                  log_end()));
}

absl::Status ServerProcess::check() {
  if (child_.is_running()) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("the server ended ({}); its log ends:\n{}", child_.how_it_ended(), log_end()));
}

ServerProcess::~ServerProcess() {
  if (child_.pid() <= 0) return;
  const bool was_running = child_.is_running();
  if (child_.end(stop_grace_ms) || !was_running) return;
  fmt::print(stderr, "the server did not end well ({}); its log ends:\n{}\n", child_.how_it_ended(),
             log_end());
}

std::string ServerProcess::log_end() const { return end_of_log(directory() + "/tocsind.log"); }

}  // namespace tocsin::harness
