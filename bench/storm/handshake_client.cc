#include "storm/handshake_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/check.h"
#include "harness/client/loopback.h"
#include "harness/try.h"
#include "wire/frame.h"

namespace tocsin::storm {
namespace {

constexpr int events_per_wait = 64;
// Nothing has happened for so long: the server is stuck.
constexpr int patience_ms = 10'000;

}  // namespace

HandshakeClient::HandshakeClient(uint16_t port, uint32_t at_once)
    : context_(SSL_CTX_new(TLS_client_method())),
      port_(port),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(at_once) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, on_ticket);
  SSL_CTX_set_app_data(context, this);
  const std::string alpn = wire::alpn;
  const std::string list = static_cast<char>(alpn.size()) + alpn;
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
  TOCSIN_CHECK(epoll_ >= 0);
}

HandshakeClient::~HandshakeClient() {
  for (const Connection& connection : connections_) {
    if (connection.fd >= 0) close(connection.fd);
  }
  close(epoll_);
}

int HandshakeClient::on_ticket(SSL* ssl, SSL_SESSION* session) {
  auto* client = static_cast<HandshakeClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  client->ticket_.reset(SSL_SESSION_dup(session));
  return 0;  // no reference is kept
}

absl::Status HandshakeClient::run(uint32_t count, bool resume) {
  if (resume && ticket_ == nullptr) return absl::UnavailableError("the server gave no ticket");
  uint32_t begun = 0;
  uint32_t ended = 0;
  for (uint32_t i = 0; i < connections_.size() && begun < count; ++i, ++begun) {
    TOCSIN_TRY(begin(i, resume));
  }
  std::array<epoll_event, events_per_wait> events;
  while (ended < count) {
    const int ready = epoll_wait(epoll_, events.data(), events_per_wait, patience_ms);
    if (ready <= 0) return absl::UnavailableError("a handshake server does not answer");
    for (int i = 0; i < ready; ++i) {
      const uint32_t index = events[i].data.u32;
      const Step step = advance(connections_[index], resume);
      if (step == Step::failed) {
        return absl::UnavailableError(
            fmt::format("a {} handshake failed", resume ? "resumed" : "full"));
      }
      if (step == Step::more) {
        watch(index, SSL_want_write(connections_[index].ssl.get()) ? EPOLLOUT : EPOLLIN);
        continue;
      }
      close(connections_[index].fd);
      connections_[index] = Connection{};
      ++ended;
      if (begun == count) continue;
      ++begun;
      TOCSIN_TRY(begin(index, resume));
    }
  }
  return absl::OkStatus();
}

absl::Status HandshakeClient::begin(uint32_t index, bool resume) {
  Connection& connection = connections_[index];
  TOCSIN_TAKE(connection.fd, harness::connect_to_loopback(port_, SOCK_NONBLOCK));
  connection.ssl.reset(SSL_new(context_.get()));
  TOCSIN_CHECK(connection.ssl != nullptr && SSL_set_fd(connection.ssl.get(), connection.fd) == 1);
  SSL_set_connect_state(connection.ssl.get());
  if (resume) {
    // A copy, because OpenSSL offers a TLS 1.3 ticket only once.
    const runtime::SslSessionPtr ticket{SSL_SESSION_dup(ticket_.get())};
    SSL_set_session(connection.ssl.get(), ticket.get());
  }
  watch(index, EPOLLOUT);
  return absl::OkStatus();
}

// Until the server has closed: its ticket comes before that.
HandshakeClient::Step HandshakeClient::advance(Connection& connection, bool resume) {
  SSL* ssl = connection.ssl.get();
  ERR_clear_error();
  if (!connection.is_connected) {
    const int result = SSL_connect(ssl);
    if (result != 1) {
      const int error = SSL_get_error(ssl, result);
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Step::more
                                                                           : Step::failed;
    }
    if ((SSL_session_reused(ssl) == 1) != resume) return Step::failed;
    connection.is_connected = true;
  }
  uint8_t byte = 0;
  const int result = SSL_read(ssl, &byte, 1);
  if (SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ) return Step::more;
  // Or OpenSSL would take the ticket for broken.
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  return Step::done;
}

void HandshakeClient::watch(uint32_t index, uint32_t events) {
  Connection& connection = connections_[index];
  if (connection.watched == events) return;
  epoll_event event{};
  event.events = events;
  event.data.u32 = index;
  const int operation = connection.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  TOCSIN_CHECK(epoll_ctl(epoll_, operation, connection.fd, &event) == 0);
  connection.watched = events;
}

}  // namespace tocsin::storm
