#include "fanout/connected_fleet.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "harness/client/loopback.h"
#include "harness/files.h"
#include "harness/proc.h"
#include "harness/try.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::bench::fanout {

namespace {

// Connections from one source address: below the usual number of local ports.
constexpr uint32_t devices_per_source = 20'000;

int fail(const char* what) {
  fmt::print(stderr, "tocsin-bench-fanout: the reader: {}: {}\n", what, strerror(errno));
  return 1;
}

// Read from what is readable until `bytes` came; false when a connection ended.
bool read_bytes(int epoll, uint64_t bytes) {
  std::array<epoll_event, 512> events;
  std::vector<char> buffer(64 * 1024);
  uint64_t got = 0;
  while (got < bytes) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const ssize_t part = recv(events[i].data.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (part == 0) return false;
      if (part > 0) got += static_cast<uint64_t>(part);
    }
  }
  return true;
}

// The devices' end, in a process of its own: connect `size` times to 127.0.0.1:`port`, trusting
// `ca_pem`, do this half of the TLS handshake and forget it. Then, for each 8-byte number from
// `orders`, read so many bytes from all connections together and write one byte to `answers`.
// Returns the process's exit code when `orders` ends.
int run_reader(uint32_t size, uint16_t port, const std::string& ca_pem, int orders, int answers) {
  const absl::StatusOr<runtime::TlsContext> context = runtime::TlsContext::client(ca_pem);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!context.ok() || epoll < 0) return fail("cannot start");
  for (uint32_t i = 0; i < size; ++i) {
    const auto fd = connect_to_loopback(port, 0, 2 + i / devices_per_source);
    if (!fd.ok()) return fail("cannot connect");
    if (!shake_hands(*context, *fd).ok()) return fail("the TLS handshake failed");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = *fd;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, *fd, &event) != 0) return fail("epoll");
  }
  uint64_t bytes = 0;
  while (read(orders, &bytes, sizeof bytes) == sizeof bytes) {
    if (!read_bytes(epoll, bytes)) return fail("a connection ended");
    if (write(answers, "d", 1) != 1) return fail("the sender is gone");
  }
  return 0;
}

}  // namespace

ConnectedFleet::ConnectedFleet(uint32_t size, runtime::TlsContext context)
    : context_(std::move(context)), table_(size) {}

ConnectedFleet::~ConnectedFleet() {
  for (ssl_st* ssl : ssls_) SSL_free(ssl);
  for (const int fd : fds_) close(fd);
  for (const int fd : {orders_, answers_}) {
    if (fd >= 0) close(fd);
  }
}

absl::StatusOr<std::unique_ptr<ConnectedFleet>> ConnectedFleet::connect(
    uint32_t size, uint32_t reader_cpu, void (*on_progress)(uint32_t)) {
  TOCSIN_TAKE(const TempDir directory, TempDir::create());
  TOCSIN_TAKE(const auto certificates,
              runtime::load_or_make_dev_certificates(directory.path() + "/tls"));
  TOCSIN_TAKE(runtime::TlsContext context, runtime::TlsContext::server(certificates.identity));
  // The reader counts bytes: nothing may be sent that is not a push.
  SSL_CTX_set_num_tickets(context.get(), 0);
  uint16_t port = 0;
  TOCSIN_TAKE(const int listener, listen_on_loopback(0, port));
  int orders[2];
  int answers[2];
  if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) return system_error("pipe");
  std::unique_ptr<ConnectedFleet> fleet(new ConnectedFleet(size, std::move(context)));
  fleet->orders_ = orders[1];
  fleet->answers_ = answers[0];
  TOCSIN_TAKE(fleet->reader_, ChildProcess::fork_off({orders[0], answers[1]}, [&] {
                stay_on_cpu(reader_cpu);
                return run_reader(size, port, certificates.ca_pem, orders[0], answers[1]);
              }));
  close(orders[0]);
  close(answers[1]);
  absl::Status status;
  for (uint32_t i = 0; i < size && status.ok(); ++i) {
    status = fleet->accept_one(listener);
    on_progress(i + 1);
  }
  close(listener);
  if (!status.ok()) return status;
  return fleet;
}

absl::Status ConnectedFleet::accept_one(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return system_error("accept");
  fds_.push_back(fd);
  runtime::TlsCatch caught;
  SSL* ssl = SSL_new(context_.get());
  ssls_.push_back(ssl);
  runtime::TlsContext::attach(ssl, &caught);
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) != 1) {
    return absl::UnavailableError("TLS handshake: " + runtime::take_openssl_error());
  }
  runtime::TlsContext::attach(ssl, nullptr);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  gateway::Slot& slot = table_[table_.take(fd)];
  const wire::Code code =
      slot.tls.take_over(wire::TlsSession::Role::server, wire::CipherSuite::aes_128_gcm_sha256,
                         caught.client, caught.server, 0, limits::tls_plaintext_bytes_max);
  if (code != wire::Code::ok) return absl::InternalError("the session could not be taken over");
  return absl::OkStatus();
}

absl::Status ConnectedFleet::expect(uint64_t bytes) {
  if (write(orders_, &bytes, sizeof bytes) == sizeof bytes) return absl::OkStatus();
  return system_error("the reader ended");
}

absl::Status ConnectedFleet::wait_until_read() {
  char done = 0;
  if (read(answers_, &done, 1) == 1) return absl::OkStatus();
  return absl::UnavailableError("the reader ended");
}

}  // namespace tocsin::bench::fanout
