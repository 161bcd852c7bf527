// What every HTTPS client of ours asks of a server: TLS 1.2 or newer, and a certificate of its name
// that a trusted authority has signed.
//
// Thread: pure functions on what they are given.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <absl/status/statusor.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

namespace tocsin::runtime {

// `ca_pem`: the authorities to trust; empty: those of the system. INVALID_ARGUMENT with the reason
// for PEM that does not parse.
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> client_context(
    const std::string& ca_pem);

// Name `host` to the server, and demand that its certificate does. Before the handshake.
void expect_host(boost::asio::ssl::stream<boost::asio::ip::tcp::socket>& stream,
                 const std::string& host);

// After a handshake that failed with `error`: why the certificate is not trusted; nullopt when that
// is not the reason.
std::optional<std::string> distrust_in(
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket>& stream,
    const boost::system::error_code& error);

}  // namespace tocsin::runtime
