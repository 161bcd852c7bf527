#include "runtime/http/https_context.h"

#include <fmt/format.h>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

namespace tocsin::runtime {
namespace {

namespace ssl = boost::asio::ssl;

absl::Status refused(const char* what, const boost::system::error_code& error) {
  return absl::InvalidArgumentError(fmt::format(
      "API identity: {}: {}; check the PEM files of certificate and key", what, error.message()));
}

// Answer http/1.1 to clients that offer it among others; no h2 here.
int select_http11(SSL*, const unsigned char** out, unsigned char* out_bytes,
                  const unsigned char* offered, unsigned offered_bytes, void*) {
  static constexpr unsigned char http11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int verdict =
      SSL_select_next_proto(&chosen, out_bytes, http11, sizeof http11 - 1, offered, offered_bytes);
  if (verdict != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

absl::StatusOr<std::shared_ptr<void>> make_https_context(const TlsIdentity& identity) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(identity.certificate_chain_pem), error);
  if (error) return refused("the certificate does not parse", error);
  context->use_private_key(boost::asio::buffer(identity.private_key_pem), ssl::context::pem, error);
  if (error) return refused("the private key does not parse or does not match", error);
  SSL_CTX* native = context->native_handle();
  if (SSL_CTX_check_private_key(native) != 1) {
    return absl::InvalidArgumentError("API identity: the private key is not the certificate's");
  }
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(native, select_http11, nullptr);
  return std::shared_ptr<void>(std::move(context));
}

}  // namespace tocsin::runtime
