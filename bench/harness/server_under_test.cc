#include "harness/server_under_test.h"

#include <arpa/inet.h>
#include <charconv>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/hex.h"
#include "harness/text_file.h"
#include "harness/try.h"

namespace tocsin::harness {
namespace {

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

}  // namespace

absl::StatusOr<ServerUnderTest> ServerUnderTest::use_running(const ServerAddress& given) {
  TOCSIN_TAKE(GatewayPlace place, parse_gateway(given.gateway));
  TOCSIN_TAKE(std::string ca_pem, read_file(given.ca_file));
  TOCSIN_TAKE(ApiClient api, ApiClient::create(given.api, ca_pem));
  return ServerUnderTest{std::nullopt,
                         std::move(place),
                         given.api,
                         std::move(ca_pem),
                         {given.app, given.send_key, given.registration_key},
                         given.pid,
                         {},
                         std::move(api)};
}

absl::StatusOr<ServerUnderTest> ServerUnderTest::spawn(const ServerProcess::Options& options,
                                                       const std::string& app,
                                                       const StopSignal& stop) {
  TOCSIN_TAKE(ServerProcess process, ServerProcess::start(options, stop));
  const ServerReady ready = process.ready();
  TOCSIN_TAKE(std::string ca_pem, read_file(ready.ca_file));
  TOCSIN_TAKE(std::string admin_key, read_file(ready.admin_key_file));
  admin_key.erase(admin_key.find_last_not_of(" \t\r\n") + 1);
  const std::string url = fmt::format("https://127.0.0.1:{}", ready.api_port);
  TOCSIN_TAKE(ApiClient api, ApiClient::create(url, ca_pem));
  TOCSIN_TAKE(AppKeys keys, api.create_app(admin_key, app));
  return ServerUnderTest{std::move(process),
                         {"127.0.0.1", "127.0.0.1", ready.gateway_port, true},
                         url,
                         std::move(ca_pem),
                         std::move(keys),
                         ready.pid,
                         std::move(admin_key),
                         std::move(api)};
}

absl::StatusOr<Gateway> ServerUnderTest::gateway_for(uint32_t devices) const {
  Gateway gateway{devices, place.address, place.port, place.name, ca_pem, {}};
  if (from_hex(keys.registration_key, gateway.registration_key)) return gateway;
  return absl::InternalError(fmt::format("the server's registration key is not {} hex digits",
                                         2 * gateway.registration_key.size()));
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
  TOCSIN_TAKE(const in_addr address, resolve(place.name));
  char numeric[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address, numeric, sizeof numeric);
  place.address = numeric;
  place.loopback = ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
  return place;
}

}  // namespace tocsin::harness
