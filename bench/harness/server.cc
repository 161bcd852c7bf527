#include "harness/server.h"

#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>
#include <netdb.h>

#include "base/hex.h"
#include "harness/json.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

// The whole number in [1, max] at `key`; 0 when there is none.
uint32_t count_at(const Json& object, const char* key, uint32_t max) {
  const double value = number_at(object, key).value_or(0);
  return value >= 1 && value <= max ? static_cast<uint32_t>(value) : 0;
}

absl::StatusOr<std::string> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return absl::NotFoundError(
        fmt::format("'{}' has no IPv4 address: {}", host, gai_strerror(error)));
  }
  char numeric[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr, numeric,
            sizeof numeric);
  freeaddrinfo(found);
  return numeric;
}

absl::Status add_keys(const AppKeys& keys, std::string ca_pem, Gateway& gateway) {
  gateway.ca_pem = std::move(ca_pem);
  if (from_hex(keys.registration_key, gateway.registration_key)) return absl::OkStatus();
  return absl::InternalError(fmt::format("the server's registration key is not {} hex digits",
                                         2 * gateway.registration_key.size()));
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
  TOCSIN_TAKE(TempDir folder, TempDir::create());
  if (options.keep_directory) folder.keep();
  const std::string ready_file = folder.path() + "/ready.json";
  std::vector<std::string> command = {
      options.program,
      "--data_dir",
      folder.path() + "/data",
      "--gateway_listen",
      "127.0.0.1:0",
      "--api_listen",
      "127.0.0.1:0",
      fmt::format("--grpc_listen={}", options.grpc ? "127.0.0.1:0" : "off"),
      "--ready_file",
      ready_file};
  command.insert(command.end(), options.more_arguments.begin(), options.more_arguments.end());
  TOCSIN_TAKE(Service service, Service::start(std::move(folder), std::move(command), true));
  ServerProcess server(std::move(service));
  TOCSIN_TRY(server.wait_until(
      [&] {
        const absl::StatusOr<ServerReady> ready = parse_ready(file_text(ready_file));
        if (ready.ok()) server.ready_ = *ready;
        return ready.ok();
      },
      stop));
  if (!options.grpc || server.ready_.grpc_port != 0) return server;
  return absl::InvalidArgumentError("the ready file has no grpc_port: is this tocsind too old?");
}

absl::StatusOr<Gateway> parse_gateway(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  Gateway gateway{0, text.substr(0, colon), "", 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), gateway.port);
  if (error != std::errc() || end != digits.data() + digits.size() || gateway.port == 0 ||
      gateway.name.empty()) {
    return absl::InvalidArgumentError(fmt::format("'{}' is not HOST:PORT", text));
  }
  TOCSIN_TAKE(gateway.address, resolve(gateway.name));
  return gateway;
}

absl::StatusOr<ServerUnderTest> ServerUnderTest::use_running(const ServerAddress& given) {
  const AppKeys keys{given.app, given.send_key, given.registration_key};
  TOCSIN_TAKE(Gateway gateway, parse_gateway(given.gateway));
  TOCSIN_TAKE(const std::string ca_pem, read_file(given.ca_file));
  TOCSIN_TRY(add_keys(keys, ca_pem, gateway));
  TOCSIN_TAKE(ApiClient api, ApiClient::create(given.api, ca_pem));
  return ServerUnderTest{{}, std::move(gateway), given.api, keys, given.pid, {}, std::move(api)};
}

absl::StatusOr<ServerUnderTest> ServerUnderTest::spawn(const ServerProcess::Options& options,
                                                       const std::string& app,
                                                       const StopSignal& stop) {
  TOCSIN_TAKE(ServerProcess process, ServerProcess::start(options, stop));
  const ServerReady ready = process.ready();
  TOCSIN_TAKE(const std::string ca_pem, read_file(ready.ca_file));
  TOCSIN_TAKE(std::string admin_key, read_file(ready.admin_key_file));
  admin_key.erase(admin_key.find_last_not_of(" \t\r\n") + 1);
  const std::string url = fmt::format("https://127.0.0.1:{}", ready.api_port);
  TOCSIN_TAKE(ApiClient api, ApiClient::create(url, ca_pem));
  TOCSIN_TAKE(const AppKeys keys, api.create_app(admin_key, app));
  Gateway gateway{0, "127.0.0.1", "127.0.0.1", ready.gateway_port};
  TOCSIN_TRY(add_keys(keys, ca_pem, gateway));
  return ServerUnderTest{std::move(process), std::move(gateway), url,           keys,
                         ready.pid,          admin_key,          std::move(api)};
}

Gateway ServerUnderTest::gateway_for(uint32_t devices) const {
  Gateway door = gateway;
  door.devices = devices;
  return door;
}

}  // namespace tocsin::bench
