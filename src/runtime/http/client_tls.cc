#include "runtime/http/client_tls.h"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <openssl/ssl.h>

#include "runtime/http/http_url.h"

namespace tocsin::runtime {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

absl::StatusOr<std::shared_ptr<ssl::context>> client_context(const std::string& ca_pem) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_verify_mode(ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  boost::system::error_code error;
  if (ca_pem.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->add_certificate_authority(asio::buffer(ca_pem), error);
  }
  if (error) return absl::InvalidArgumentError(error.message());
  return context;
}

void expect_host(ssl::stream<asio::ip::tcp::socket>& stream, const std::string& host) {
  stream.set_verify_callback(ssl::host_name_verification(host));
  if (!is_address(host)) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
}

std::optional<std::string> distrust_in(ssl::stream<asio::ip::tcp::socket>& stream,
                                       const boost::system::error_code& error) {
  const long verdict = SSL_get_verify_result(stream.native_handle());
  if (error.category() != asio::error::get_ssl_category() || verdict == X509_V_OK) {
    return std::nullopt;
  }
  return X509_verify_cert_error_string(verdict);
}

}  // namespace tocsin::runtime
