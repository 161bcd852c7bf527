#include "storm/bare_acceptor.h"

#include <array>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/check.h"
#include "wire/frame.h"

namespace tocsin::storm {
namespace {

constexpr int events_per_wait = 64;

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                unsigned in_length, void*) {
  const std::string_view offered(reinterpret_cast<const char*>(in), in_length);
  const size_t at = offered.find(wire::alpn);
  if (at == std::string_view::npos) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = in + at;
  *out_length = static_cast<unsigned char>(std::string_view(wire::alpn).size());
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

BareAcceptor::BareAcceptor(const runtime::TlsIdentity& identity)
    : context_(SSL_CTX_new(TLS_server_method())), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  SSL_CTX* context = context_.get();
  const runtime::BioPtr chain = runtime::bio_of(identity.certificate_chain_pem);
  const runtime::X509Ptr leaf{PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)};
  TOCSIN_CHECK(leaf != nullptr && SSL_CTX_use_certificate(context, leaf.get()) == 1);
  while (const runtime::X509Ptr next{PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)}) {
    TOCSIN_CHECK(SSL_CTX_add1_chain_cert(context, next.get()) == 1);
  }
  ERR_clear_error();
  const runtime::BioPtr key_text = runtime::bio_of(identity.private_key_pem);
  const runtime::PkeyPtr key{PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr)};
  TOCSIN_CHECK(key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1);
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519:P-256");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
  TOCSIN_CHECK(epoll_ >= 0);
}

BareAcceptor::~BareAcceptor() { close(epoll_); }

void BareAcceptor::serve(int listener) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // stands for the listener
  TOCSIN_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, listener, &event) == 0);
  std::array<epoll_event, events_per_wait> events;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), events_per_wait, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        accept_all(listener);
      } else {
        advance(static_cast<SSL*>(events[i].data.ptr));
      }
    }
  }
}

void BareAcceptor::accept_all(int listener) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    SSL* ssl = SSL_new(context_.get());
    TOCSIN_CHECK(ssl != nullptr && SSL_set_fd(ssl, fd) == 1);
    SSL_set_accept_state(ssl);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = ssl;
    TOCSIN_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
  }
}

void BareAcceptor::advance(SSL* ssl) {
  ERR_clear_error();
  const int result = SSL_accept(ssl);
  if (result != 1 && SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ) return;
  const int fd = SSL_get_fd(ssl);
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl);
  close(fd);
}

}  // namespace tocsin::storm
