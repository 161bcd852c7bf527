#include "storm/handshake_server.h"

#include <array>
#include <csignal>
#include <memory>
#include <poll.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/check.h"
#include "harness/client/loopback.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/try.h"
#include "runtime/net/listener.h"
#include "runtime/tls/dev_certificates.h"
#include "runtime/tls/handshake_pool.h"
#include "runtime/tls/openssl_ptr.h"
#include "wire/frame.h"

namespace tocsin::bench::storm {
namespace {

constexpr int events_per_wait = 64;
// A server that has done nothing for 3 ms is at rest; it is waited for at most 5 s.
constexpr Patience at_rest = {3, 5, 0, 3};

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                unsigned in_length, void*) {
  const std::string_view offered(reinterpret_cast<const char*>(in), in_length);
  const size_t at = offered.find(wire::alpn);
  if (at == std::string_view::npos) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = in + at;
  *out_length = static_cast<unsigned char>(std::string_view(wire::alpn).size());
  return SSL_TLSEXT_ERR_OK;
}

// The least that a server on OpenSSL can do: one epoll set, SSL_accept on a socket BIO, and the same
// settings as runtime/tls/tls_context.h as far as they cost anything: certificate, suites, group,
// ALPN, one stateless ticket, no session cache.
class BareAcceptor {
 public:
  // Of the certificate in `tls_folder`.
  explicit BareAcceptor(const std::string& tls_folder)
      : context_(SSL_CTX_new(TLS_server_method())), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    SSL_CTX* context = context_.get();
    TOCSIN_CHECK(
        SSL_CTX_use_certificate_chain_file(context, (tls_folder + "/server.pem").c_str()) == 1);
    TOCSIN_CHECK(SSL_CTX_use_PrivateKey_file(context, (tls_folder + "/server.key").c_str(),
                                             SSL_FILETYPE_PEM) == 1);
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    SSL_CTX_set1_groups_list(context, "X25519:P-256");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_alpn, nullptr);
    TOCSIN_CHECK(epoll_ >= 0);
  }

  // Accept and shake hands for ever; each connection is closed when that is done or failed.
  [[noreturn]] void serve(int listener) {
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

 private:
  void accept_all(int listener) {
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

  // Go on with one handshake; frees the object and closes its socket when it has ended.
  void advance(SSL* ssl) {
    ERR_clear_error();
    const int result = SSL_accept(ssl);
    if (result != 1 && SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ) return;
    const int fd = SSL_get_fd(ssl);
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    close(fd);
  }

  std::unique_ptr<SSL_CTX, runtime::OpensslFree<SSL_CTX_free>> context_;
  int epoll_;
};

// Accept everything and hand it to the pool, as a gateway shard does.
[[noreturn]] void serve_with_pool(int listener, const std::string& tls_folder) {
  const auto certificates = runtime::load_or_make_dev_certificates(tls_folder);
  TOCSIN_CHECK(certificates.ok());
  auto pool = runtime::HandshakePool::create(certificates->identity, {});
  TOCSIN_CHECK(pool.ok());
  const auto close_it = [](absl::StatusOr<runtime::Handshaken> result) {
    if (!result.ok()) _exit(1);  // figures of failures are worth nothing: the race ends
  };
  while (true) {
    pollfd waited{listener, POLLIN, 0};
    poll(&waited, 1, -1);
    while (true) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) break;
      if (!(*pool)->submit(fd, close_it)) close(fd);  // the client sees it and says so
    }
  }
}

}  // namespace

absl::StatusOr<HandshakeServer> HandshakeServer::start(ServerKind kind,
                                                       const std::string& tls_folder,
                                                       uint32_t cpu) {
  TOCSIN_TAKE(const auto listener, runtime::Listener::open(free_loopback_port));
  TOCSIN_TAKE(auto process, ChildProcess::fork_off({listener.fd()}, [&]() -> int {
                std::signal(SIGPIPE, SIG_IGN);
                stay_on_cpu(cpu);
                if (kind == ServerKind::bare) BareAcceptor(tls_folder).serve(listener.fd());
                serve_with_pool(listener.fd(), tls_folder);
              }));
  return HandshakeServer(std::move(process), listener.port());
}

absl::StatusOr<uint64_t> HandshakeServer::cpu_ns_at_rest() const {
  const auto read = [this] { return cpu_ns_of(process_.pid()); };
  TOCSIN_TAKE(const Settled cpu_ns, settle(read, at_rest, [](uint32_t ms) {
                usleep(ms * 1000);
                return absl::OkStatus();
              }));
  if (cpu_ns.is_settled) return *cpu_ns.value;
  return absl::UnavailableError("a handshake server ended or does not come to rest");
}

}  // namespace tocsin::bench::storm
