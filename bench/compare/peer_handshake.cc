#include "compare/peer_handshake.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/limits.h"
#include "harness/try.h"

namespace tocsin::bench::compare {
namespace {

void drain(BIO* bio, Bytes& out) {
  const size_t bytes = BIO_ctrl_pending(bio);
  if (bytes == 0) return;
  const size_t begin = out.size();
  out.resize(begin + bytes);
  TOCSIN_CHECK(BIO_read(bio, out.data() + begin, static_cast<int>(bytes)) ==
               static_cast<int>(bytes));
}

}  // namespace

absl::StatusOr<runtime::TlsContext> PeerHandshake::context(const std::string& ca_pem) {
  TOCSIN_TAKE(runtime::TlsContext made, runtime::TlsContext::client(ca_pem));
  TOCSIN_CHECK(SSL_CTX_set_ciphersuites(made.get(), suite_name) == 1);
  // 0 means success in this one call of the library.
  TOCSIN_CHECK(SSL_CTX_set_alpn_protos(made.get(), nullptr, 0) == 0);
  return made;
}

PeerHandshake::PeerHandshake(const runtime::TlsContext& context)
    : ssl_(SSL_new(context.get())),
      from_peer_(BIO_new(BIO_s_mem())),
      to_peer_(BIO_new(BIO_s_mem())) {
  TOCSIN_CHECK(ssl_ != nullptr && from_peer_ != nullptr && to_peer_ != nullptr);
  SSL_set_bio(ssl_.get(), from_peer_, to_peer_);
  SSL_set_connect_state(ssl_.get());
  TOCSIN_CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), "127.0.0.1") == 1);
  runtime::TlsContext::attach(ssl_.get(), &caught_);
}

PeerHandshake::Step PeerHandshake::feed(ByteView in, Bytes& out) {
  ERR_clear_error();
  if (!in.empty()) {
    TOCSIN_CHECK(BIO_write(from_peer_, in.data(), static_cast<int>(in.size())) ==
                 static_cast<int>(in.size()));
  }
  const int result = SSL_do_handshake(ssl_.get());
  drain(to_peer_, out);
  if (result == 1) return Step::done;
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return Step::more;
  error_ = absl::InvalidArgumentError("TLS handshake failed: " + runtime::take_openssl_error());
  return Step::failed;
}

absl::StatusOr<runtime::Detached> PeerHandshake::detach(wire::TlsEngine&) {
  const SSL* ssl = ssl_.get();
  if (!caught_.has_client || !caught_.has_server || SSL_has_pending(ssl) == 1) {
    return absl::InternalError("the TLS session cannot be taken out of OpenSSL");
  }
  if (SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)) != 0x1301) {
    return absl::InternalError("the TLS session is not of the one suite that was offered");
  }
  runtime::Detached left;
  const wire::Code code =
      left.session.take_over(wire::TlsSession::Role::client, wire::CipherSuite::aes_128_gcm_sha256,
                             caught_.server, caught_.client, 0, limits::tls_plaintext_bytes_max);
  if (code != wire::Code::ok) return absl::InternalError("the TLS session cannot be taken over");
  drain(from_peer_, left.early_input);
  // Or OpenSSL would take the session for broken.
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  ssl_.reset();
  return left;
}

}  // namespace tocsin::bench::compare
