#include "runtime/tls/tls_handshake.h"

#include <algorithm>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/tls/openssl_ptr.h"
#include "wire/frame.h"
#include "wire/tls_key_schedule.h"

namespace tocsin::runtime {
namespace {

using wire::CipherSuite;
using Role = wire::TlsSession::Role;

// The length of the whole record at the front of `in`, or 0 when it is not complete.
size_t whole_record_bytes(ByteView in) {
  if (in.size() < limits::tls_header_bytes) return 0;
  const size_t bytes = limits::tls_header_bytes + (static_cast<size_t>(in[3]) << 8 | in[4]);
  return in.size() < bytes ? 0 : bytes;
}

uint16_t fragment_bytes_max(const SSL* ssl) {
  const uint8_t code = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl));
  if (code < TLSEXT_max_fragment_length_512 || code > TLSEXT_max_fragment_length_4096) {
    return limits::tls_plaintext_bytes_max;
  }
  return static_cast<uint16_t>(512 << (code - TLSEXT_max_fragment_length_512));
}

}  // namespace

// The SSL object with its two memory BIOs.
class TlsHandshake::Ssl {
 public:
  explicit Ssl(SSL_CTX* context) : ssl_(SSL_new(context)) {
    from_peer_ = BIO_new(BIO_s_mem());
    to_peer_ = BIO_new(BIO_s_mem());
    TOCSIN_CHECK(ssl_ != nullptr && from_peer_ != nullptr && to_peer_ != nullptr);
    SSL_set_bio(ssl_.get(), from_peer_, to_peer_);  // owns both now
  }
  ~Ssl() {
    // Otherwise OpenSSL would take the session for broken and not resumable.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }

  SSL* get() const { return ssl_.get(); }

  void give(ByteView in) {
    if (in.empty()) return;
    TOCSIN_CHECK(BIO_write(from_peer_, in.data(), static_cast<int>(in.size())) ==
                 static_cast<int>(in.size()));
  }
  void take_output(Bytes& out) { drain(to_peer_, out); }
  void take_unread_input(Bytes& out) { drain(from_peer_, out); }

 private:
  static void drain(BIO* bio, Bytes& out) {
    const size_t bytes = BIO_ctrl_pending(bio);
    if (bytes == 0) return;
    const size_t begin = out.size();
    out.resize(begin + bytes);
    TOCSIN_CHECK(BIO_read(bio, out.data() + begin, static_cast<int>(bytes)) ==
                 static_cast<int>(bytes));
  }

  SslPtr ssl_;
  BIO* from_peer_;
  BIO* to_peer_;
};

TlsHandshake::TlsHandshake(const TlsContext& context, Role role)
    : ssl_(std::make_unique<Ssl>(context.get())), role_(role) {
  TlsContext::attach(ssl_->get(), &caught_);
}

TlsHandshake::~TlsHandshake() = default;

std::unique_ptr<TlsHandshake> TlsHandshake::server(const TlsContext& context) {
  std::unique_ptr<TlsHandshake> made(new TlsHandshake(context, Role::server));
  SSL_set_accept_state(made->ssl_->get());
  return made;
}

std::unique_ptr<TlsHandshake> TlsHandshake::client(const TlsContext& context,
                                                   const std::string& host, ByteView ticket) {
  std::unique_ptr<TlsHandshake> made(new TlsHandshake(context, Role::client));
  SSL* ssl = made->ssl_->get();
  SSL_set_connect_state(ssl);
  // One record at a time while waiting for a ticket.
  SSL_clear_mode(ssl, SSL_MODE_AUTO_RETRY);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool named = !host.empty() && SSL_set1_host(ssl, host.c_str()) == 1 &&
                       SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
    if (!named) {
      made->fail(absl::InvalidArgumentError("'" + host + "' is neither a host name nor an IP"));
    }
  }
  if (!ticket.empty()) {
    const uint8_t* der = ticket.data();
    const SslSessionPtr session{d2i_SSL_SESSION(nullptr, &der, static_cast<long>(ticket.size()))};
    if (session) SSL_set_session(ssl, session.get());
  }
  ERR_clear_error();
  return made;
}

TlsHandshake::Step TlsHandshake::fail(absl::Status error) {
  error_ = std::move(error);
  step_ = Step::failed;
  return step_;
}

TlsHandshake::Step TlsHandshake::feed(ByteView in, Bytes& out) {
  if (step_ == Step::failed) return step_;
  TOCSIN_CHECK(step_ == Step::more);
  SSL* ssl = ssl_->get();
  ERR_clear_error();
  ssl_->give(in);
  const int result = SSL_do_handshake(ssl);
  const size_t sent_before = out.size();
  ssl_->take_output(out);
  if (result == 1) {
    if (role_ == Role::server) {
      own_tickets_.assign(out.begin() + static_cast<ptrdiff_t>(sent_before), out.end());
    }
    on_done();
    return step_;
  }
  if (SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ) return step_;
  std::string reason = take_openssl_error();
  const long verified = SSL_get_verify_result(ssl);
  if (role_ == Role::client && verified != X509_V_OK) {
    reason += ": " + std::string(X509_verify_cert_error_string(verified));
  }
  return fail(absl::InvalidArgumentError("TLS handshake failed: " + reason));
}

void TlsHandshake::on_done() {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_->get(), &name, &length);
  if (as_text({name, length}) != wire::alpn) {
    fail(absl::InvalidArgumentError("TLS handshake failed: the peer does not speak " +
                                    std::string(wire::alpn)));
    return;
  }
  step_ = Step::done;
  ssl_->take_unread_input(early_input_);
}

TlsHandshake::Step TlsHandshake::feed_for_ticket(ByteView in) {
  TOCSIN_CHECK(role_ == Role::client);
  if (step_ == Step::failed) return step_;
  TOCSIN_CHECK(step_ == Step::done);
  append(early_input_, in);
  while (step_ == Step::done && ticket().empty() && whole_record_bytes(early_input_) > 0) {
    advance_one_record_for_ticket();
  }
  return step_;
}

// OpenSSL gets whole records only: once it has read even the header of one, that header is lost to
// the compact session. Nor may it meet application data, which could not be given back.
TlsHandshake::Step TlsHandshake::advance_one_record_for_ticket() {
  const auto end = early_input_.begin() + static_cast<ptrdiff_t>(whole_record_bytes(early_input_));
  ssl_->give({early_input_.begin(), end});
  early_input_.erase(early_input_.begin(), end);
  ERR_clear_error();
  uint8_t byte = 0;
  const int result = SSL_read(ssl_->get(), &byte, 1);
  if (result > 0) return fail(absl::FailedPreconditionError("the server spoke before its ticket"));
  if (SSL_get_error(ssl_->get(), result) != SSL_ERROR_WANT_READ) {
    return fail(absl::UnavailableError("no TLS ticket came: " + take_openssl_error()));
  }
  ++records_read_;
  return step_;
}

absl::StatusOr<Detached> TlsHandshake::detach(wire::TlsEngine& engine) {
  TOCSIN_CHECK(step_ == Step::done && ssl_ != nullptr);
  SSL* ssl = ssl_->get();
  CipherSuite suite;
  if (absl::Status status = check_detachable(suite); !status.ok()) return status;
  const absl::StatusOr<uint64_t> records_written = count_own_tickets(engine, suite);
  if (!records_written.ok()) return records_written.status();

  Detached left;
  if (!wire::exporter_value(caught_.exporter_master, wire::exporter_label, left.exporter)) {
    return absl::InternalError("TLS exporter failed: " + take_openssl_error());
  }
  const bool server = role_ == Role::server;
  const wire::Code code =
      left.session.take_over(role_, suite, server ? caught_.client : caught_.server,
                             server ? caught_.server : caught_.client, *records_written,
                             fragment_bytes_max(ssl), records_read_);
  if (code != wire::Code::ok) {
    return absl::InternalError(std::string("TLS take-over failed: ") + wire::name_of(code));
  }
  left.resumed = SSL_session_reused(ssl) == 1;
  left.early_input = std::move(early_input_);
  ssl_.reset();
  return left;
}

absl::Status TlsHandshake::check_detachable(CipherSuite& suite) const {
  SSL* ssl = ssl_->get();
  switch (SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl))) {
    case 0x1301:
      suite = CipherSuite::aes_128_gcm_sha256;
      break;
    case 0x1303:
      suite = CipherSuite::chacha20_poly1305_sha256;
      break;
    default:
      return absl::InternalError("TLS take-over: not a suite of ours");
  }
  if (SSL_version(ssl) != TLS1_3_VERSION) return absl::InternalError("TLS take-over: not TLS 1.3");
  if (!caught_.has_client || !caught_.has_server || !caught_.has_exporter_master) {
    return absl::InternalError("TLS take-over: OpenSSL derived no traffic secrets");
  }
  if (SSL_has_pending(ssl) == 1 || SSL_get_shutdown(ssl) != 0 ||
      SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED) {
    return absl::InternalError("TLS take-over: OpenSSL holds data of this connection");
  }
  return absl::OkStatus();
}

// The self-check. A session with the roles reversed must find our own records under the caught
// secret at sequence numbers 0, 1, ... to be tickets and nothing else: this proves secret, key, iv
// and count before the SSL object goes. A client has not yet written anything under its secret.
absl::StatusOr<uint64_t> TlsHandshake::count_own_tickets(wire::TlsEngine& engine,
                                                         CipherSuite suite) {
  uint64_t count = 0;
  for (ByteView rest = own_tickets_; whole_record_bytes(rest) > 0; ++count) {
    rest = rest.subspan(whole_record_bytes(rest));
  }
  wire::TlsSession peer;
  Bytes data;
  Bytes reply;
  const bool proved = peer.take_over(Role::client, suite, caught_.server, caught_.client, 0,
                                     fragment_bytes_max(ssl_->get())) == wire::Code::ok &&
                      peer.feed(engine, own_tickets_, data, reply).code == wire::Code::ok &&
                      peer.records_read() == count && data.empty() && reply.empty();
  if (proved) return count;
  return absl::InternalError(
      "TLS take-over: the caught keys do not open our own tickets; this version of OpenSSL is not "
      "one Tocsin knows");
}

}  // namespace tocsin::runtime
