#include "runtime/tls/tls_context.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "runtime/tls/openssl_ptr.h"
#include "wire/frame.h"

namespace tocsin::runtime {
namespace {

// RFC 7301: one name, preceded by its length.
constexpr std::string_view alpn_name = wire::alpn;
const std::string alpn_list = static_cast<char>(alpn_name.size()) + std::string(alpn_name);

int catch_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  TOCSIN_CHECK(index >= 0);
  return index;
}

TlsCatch* catch_of(const SSL* ssl) {
  return static_cast<TlsCatch*>(SSL_get_ex_data(ssl, catch_index()));
}

// Each of the two Finished messages is followed, within the same call of the library, by
// derivations that TlsKdf catches: the server's by its application secret and the exporter's, the
// client's by the client's application secret.
void on_message(int, int, int content_type, const void* bytes, size_t length, SSL* ssl, void*) {
  if (content_type != SSL3_RT_HANDSHAKE || length == 0) return;
  if (*static_cast<const uint8_t*>(bytes) == SSL3_MT_FINISHED) TlsKdf::catch_into(catch_of(ssl));
}

int on_new_session(SSL* ssl, SSL_SESSION* session) {
  TlsCatch* caught = catch_of(ssl);
  if (caught == nullptr) return 0;
  const int length = i2d_SSL_SESSION(session, nullptr);
  if (length <= 0) return 0;
  caught->ticket.resize(static_cast<size_t>(length));
  uint8_t* out = caught->ticket.data();
  i2d_SSL_SESSION(session, &out);
  return 0;  // no reference is kept
}

// OpenSSL asks for a protocol only when the client offers some; a client that offers none is
// refused here. One that does not even offer TLS 1.3 is left to OpenSSL, whose alert says so.
int on_client_hello(SSL* ssl, int* alert, void*) {
  const unsigned char* data = nullptr;
  size_t length = 0;
  const bool tls_1_3 =
      SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &data, &length) == 1;
  const bool offers =
      SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &data,
                                &length) == 1;
  if (offers || !tls_1_3) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

int on_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
            unsigned in_length, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length,
                                          reinterpret_cast<const unsigned char*>(alpn_list.data()),
                                          static_cast<unsigned>(alpn_list.size()), in, in_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// A passphrase would be asked for on the terminal; a server has no terminal.
int refuse_passphrase(char*, int, int, void*) { return -1; }

bool is_end_of_pem(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// The certificates of `pem`, at least one; `what` names the text for people.
absl::StatusOr<std::vector<X509Ptr>> read_certificates(const std::string& pem, const char* what) {
  const BioPtr bio = bio_of(pem);
  std::vector<X509Ptr> certificates;
  while (true) {
    X509* certificate = X509_new_ex(TlsKdf::library(), TlsKdf::properties);
    TOCSIN_CHECK(certificate != nullptr);
    if (PEM_read_bio_X509(bio.get(), &certificate, refuse_passphrase, nullptr) == nullptr) {
      X509_free(certificate);
      break;
    }
    certificates.emplace_back(certificate);
  }
  if (!is_end_of_pem(ERR_peek_last_error())) {
    return absl::InvalidArgumentError(fmt::format("certificate {} of {} is damaged: {}",
                                                  certificates.size() + 1, what,
                                                  take_openssl_error()));
  }
  ERR_clear_error();
  if (certificates.empty()) {
    return absl::InvalidArgumentError(fmt::format("no PEM certificate in {}", what));
  }
  return certificates;
}

absl::Status use_certificates(SSL_CTX* context, const std::string& pem) {
  const auto certificates = read_certificates(pem, "the server certificate");
  if (!certificates.ok()) return certificates.status();
  for (const X509Ptr& certificate : *certificates) {
    const bool is_leaf = &certificate == &certificates->front();
    const bool used = is_leaf ? SSL_CTX_use_certificate(context, certificate.get()) == 1
                              : SSL_CTX_add1_chain_cert(context, certificate.get()) == 1;
    if (!used) {
      return absl::InvalidArgumentError("server certificate cannot be used: " +
                                        take_openssl_error());
    }
  }
  return absl::OkStatus();
}

absl::Status use_key(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio = bio_of(pem);
  const PkeyPtr key{PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, refuse_passphrase, nullptr,
                                               TlsKdf::library(), TlsKdf::properties)};
  if (!key) {
    return absl::InvalidArgumentError("the server's private key is not an unencrypted PEM key: " +
                                      take_openssl_error());
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return absl::InvalidArgumentError("the private key does not belong to the certificate: " +
                                      take_openssl_error());
  }
  return absl::OkStatus();
}

// What both roles have in common. These calls can only fail when OpenSSL lacks the algorithms.
SSL_CTX* new_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new_ex(TlsKdf::library(), TlsKdf::properties, method);
  TOCSIN_CHECK(context != nullptr);
  TOCSIN_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
  TOCSIN_CHECK(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1);
  TOCSIN_CHECK(SSL_CTX_set_ciphersuites(
                   context, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256") == 1);
  TOCSIN_CHECK(SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 0);
  SSL_CTX_set_msg_callback(context, on_message);
  return context;
}

}  // namespace

const TicketKeys& TicketKeys::of_process() {
  static const TicketKeys keys = [] {
    TicketKeys made;
    TOCSIN_CHECK(RAND_priv_bytes(made.bytes.data(), static_cast<int>(made.bytes.size())) == 1);
    return made;
  }();
  return keys;
}

TlsCatch::~TlsCatch() { cleanse(ticket); }

TlsContext::TlsContext(ssl_ctx_st* context) : context_(context, SSL_CTX_free) {}

absl::StatusOr<TlsContext> TlsContext::server(const TlsIdentity& identity,
                                              const TicketKeys& ticket_keys) {
  ERR_clear_error();
  TlsContext made(new_context(TLS_server_method()));
  SSL_CTX* context = made.get();
  if (absl::Status status = use_certificates(context, identity.certificate_chain_pem);
      !status.ok()) {
    return status;
  }
  if (absl::Status status = use_key(context, identity.private_key_pem); !status.ok()) return status;
  // The server's order decides, except that a device which prefers ChaCha20 has no AES hardware.
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  TOCSIN_CHECK(SSL_CTX_set_num_tickets(context, 1) == 1);
  SSL_CTX_set_timeout(context, limits::tls_ticket_lifetime_s);
  TicketKeys keys = ticket_keys;
  TOCSIN_CHECK(SSL_CTX_set_tlsext_ticket_keys(context, keys.bytes.data(),
                                              static_cast<long>(keys.bytes.size())) == 1);
  cleanse(keys.bytes);
  TOCSIN_CHECK(SSL_CTX_set_max_early_data(context, 0) == 1);
  SSL_CTX_set_client_hello_cb(context, on_client_hello, nullptr);
  SSL_CTX_set_alpn_select_cb(context, on_alpn, nullptr);
  return made;
}

absl::StatusOr<TlsContext> TlsContext::client(const std::string& ca_pem) {
  ERR_clear_error();
  TlsContext made(new_context(TLS_client_method()));
  SSL_CTX* context = made.get();
  const auto trusted = read_certificates(ca_pem, "the CA file");
  if (!trusted.ok()) return trusted.status();
  for (const X509Ptr& ca : *trusted) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) != 1) {
      return absl::InvalidArgumentError("CA certificate cannot be used: " + take_openssl_error());
    }
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_new_session);
  // 0 means success in this one call of the library.
  TOCSIN_CHECK(SSL_CTX_set_alpn_protos(context,
                                       reinterpret_cast<const unsigned char*>(alpn_list.data()),
                                       static_cast<unsigned>(alpn_list.size())) == 0);
  return made;
}

void TlsContext::attach(ssl_st* ssl, TlsCatch* caught) {
  TOCSIN_CHECK(SSL_set_ex_data(ssl, catch_index(), caught) == 1);
}

std::string take_openssl_error() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) return "no reason given";
  if (const char* reason = ERR_reason_error_string(error)) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(error, text.data(), text.size());
  return text.data();
}

}  // namespace tocsin::runtime
