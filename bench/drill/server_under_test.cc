#include "drill/server_under_test.h"

#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>
#include <fstream>
#include <netdb.h>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <utility>

#include "base/hex.h"

namespace tocsin::drill {
namespace {

constexpr char app_name[] = "drill";

absl::StatusOr<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) {
    return absl::NotFoundError(fmt::format("cannot read {}, or it is empty", path));
  }
  return text.str();
}

absl::StatusOr<in_addr> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return absl::NotFoundError(
        fmt::format("'{}' has no IPv4 address: {}", host, gai_strerror(error)));
  }
  const in_addr address = reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr;
  freeaddrinfo(found);
  return address;
}

absl::Status set_registration_key(ServerUnderTest& server) {
  if (from_hex(server.keys.registration_key, server.registration_key)) return absl::OkStatus();
  return absl::InternalError(fmt::format("the server's registration key is not {} hex digits",
                                         2 * server.registration_key.size()));
}

}  // namespace

absl::StatusOr<ServerUnderTest> use_running_server(const ServerAddress& given) {
  absl::StatusOr<GatewayPlace> gateway = parse_gateway(given.gateway);
  if (!gateway.ok()) return gateway.status();
  absl::StatusOr<std::string> ca_pem = read_file(given.ca_file);
  if (!ca_pem.ok()) return ca_pem.status();
  absl::StatusOr<AlertApi> api = AlertApi::create(given.api, *ca_pem);
  if (!api.ok()) return api.status();
  ServerUnderTest server{std::nullopt,
                         *std::move(gateway),
                         *std::move(ca_pem),
                         AppKeys{given.app, given.send_key, given.registration_key},
                         {},
                         given.pid,
                         {},
                         *std::move(api)};
  if (absl::Status set = set_registration_key(server); !set.ok()) return set;
  return server;
}

absl::StatusOr<ServerUnderTest> spawn_server(const Options& options,
                                             const std::vector<std::string>& arguments,
                                             const StopSignal& stop) {
  absl::StatusOr<ServerProcess> process =
      ServerProcess::start(options.spawn, arguments, options.keep, stop);
  if (!process.ok()) return process.status();
  const ServerReady ready = process->ready();
  absl::StatusOr<std::string> ca_pem = read_file(ready.ca_file);
  if (!ca_pem.ok()) return ca_pem.status();
  absl::StatusOr<std::string> admin_key = read_file(ready.admin_key_file);
  if (!admin_key.ok()) return admin_key.status();
  admin_key->erase(admin_key->find_last_not_of(" \t\r\n") + 1);
  absl::StatusOr<AlertApi> api =
      AlertApi::create(fmt::format("https://127.0.0.1:{}", ready.api_port), *ca_pem);
  if (!api.ok()) return api.status();
  absl::StatusOr<AppKeys> keys = api->create_app(*admin_key, app_name);
  if (!keys.ok()) return keys.status();
  ServerUnderTest server{*std::move(process),
                         GatewayPlace{"127.0.0.1", "127.0.0.1", ready.gateway_port, true},
                         *std::move(ca_pem),
                         *std::move(keys),
                         {},
                         ready.pid,
                         *std::move(admin_key),
                         *std::move(api)};
  if (absl::Status set = set_registration_key(server); !set.ok()) return set;
  return server;
}

absl::StatusOr<GatewayPlace> parse_gateway(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  GatewayPlace place;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
  if (error != std::errc() || end != digits.data() + digits.size() || place.port == 0 ||
      colon == 0) {
    return absl::InvalidArgumentError(fmt::format("'{}' is not HOST:PORT", text));
  }
  place.name = text.substr(0, colon);
  const absl::StatusOr<in_addr> address = resolve(place.name);
  if (!address.ok()) return address.status();
  char numeric[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &*address, numeric, sizeof numeric);
  place.address = numeric;
  place.loopback = ntohl(address->s_addr) >> 24 == IN_LOOPBACKNET;
  return place;
}
}  // namespace tocsin::drill
