#include "runtime/http_server/https_context.h"

#include <fmt/format.h>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

namespace tocsin::runtime {
namespace {

namespace ssl = boost::asio::ssl;

absl::Status refused(const char* what, const boost::system::error_code& error) {
  return absl::InvalidArgumentError(fmt::format(
      "API identity: {}: {}; check the PEM files of certificate and key", what, error.message()));
}

// The server prefers HTTP/2. A client that offers neither gets HTTP/1.1 without ALPN, as one that
// offers nothing does.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void*) {
  static constexpr unsigned char protocols[] = "\x02h2\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int verdict = SSL_select_next_proto(&chosen, out_bytes, protocols, sizeof protocols - 1,
                                            offered, offered_bytes);
  if (verdict != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void configure(SSL_CTX* context) {
  // RFC 9113 section 9.2: HTTP/2 needs TLS 1.2 with its better suites, and no renegotiation.
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // one read for a record's head and body
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
}

}  // namespace

absl::StatusOr<std::shared_ptr<SSL_CTX>> make_https_context(const TlsIdentity& identity) {
  ssl::context context(ssl::context::tls_server);
  boost::system::error_code error;
  context.use_certificate_chain(boost::asio::buffer(identity.certificate_chain_pem), error);
  if (error) return refused("the certificate does not parse", error);
  context.use_private_key(boost::asio::buffer(identity.private_key_pem), ssl::context::pem, error);
  if (error) return refused("the private key does not parse or does not match", error);
  SSL_CTX* native = context.native_handle();
  if (SSL_CTX_check_private_key(native) != 1) {
    return absl::InvalidArgumentError("API identity: the private key is not the certificate's");
  }
  configure(native);
  SSL_CTX_up_ref(native);
  return std::shared_ptr<SSL_CTX>(native, SSL_CTX_free);
}

}  // namespace tocsin::runtime
