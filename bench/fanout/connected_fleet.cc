#include "fanout/connected_fleet.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "harness/client/connection.h"
#include "harness/client/loopback.h"
#include "harness/files.h"
#include "harness/proc.h"
#include "harness/progress.h"
#include "harness/system_error.h"
#include "harness/try.h"
#include "runtime/net/listener.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::bench::fanout {
namespace {

// Connections from one source address: below the usual number of local ports.
constexpr uint32_t devices_per_source = 20'000;

int fail(const char* what) {
  fmt::print(stderr, "tocsin-bench-fanout: the reader: {}: {}\n", what, strerror(errno));
  return 1;
}

// The devices' end, in a process of its own: connect `size` times to 127.0.0.1:`port`, trusting
// `ca_pem`, do this half of the TLS handshake and forget it. Then read from all connections, and add
// to `read`. Returns the process's exit code when something is wrong.
int run_reader(uint32_t size, uint16_t port, const std::string& ca_pem,
               std::atomic<uint64_t>& read) {
  const absl::StatusOr<runtime::TlsContext> context = runtime::TlsContext::client(ca_pem);
  if (!context.ok()) return fail("cannot start");
  const Workspace workspace;
  for (uint32_t i = 0; i < size; ++i) {
    const auto fd = connect_to_loopback(port, 0, 2 + i / devices_per_source);
    if (!fd.ok()) return fail("cannot connect");
    if (!shake_hands(*context, *fd).ok()) return fail("the TLS handshake failed");
    workspace.watch(*fd, static_cast<uint32_t>(*fd));
  }
  std::vector<char> buffer(64 * 1024);
  const auto take = [&](uint32_t fd) -> absl::Status {
    const ssize_t n = recv(static_cast<int>(fd), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) read += static_cast<uint64_t>(n);
    return n == 0 ? absl::UnavailableError("closed") : absl::OkStatus();
  };
  while (workspace.wait(UINT32_MAX, take).ok()) {
  }
  return fail("a connection ended");
}

}  // namespace

ConnectedFleet::ConnectedFleet(uint32_t size, runtime::TlsContext context,
                               SharedArray<std::atomic<uint64_t>> read)
    : context_(std::move(context)), table_(size), read_(std::move(read)) {}

ConnectedFleet::~ConnectedFleet() {
  reader_.reset();  // first, or it would complain that its connections end
  for (ssl_st* ssl : ssls_) SSL_free(ssl);
  for (const int fd : fds_) close(fd);
}

absl::StatusOr<std::unique_ptr<ConnectedFleet>> ConnectedFleet::connect(uint32_t size,
                                                                        uint32_t reader_cpu) {
  TOCSIN_TAKE(const TempDir directory, TempDir::create());
  TOCSIN_TAKE(const auto certificates,
              runtime::load_or_make_dev_certificates(directory.path() + "/tls"));
  TOCSIN_TAKE(runtime::TlsContext context, runtime::TlsContext::server(certificates.identity));
  // The reader counts bytes: nothing may be sent that is not a push.
  SSL_CTX_set_num_tickets(context.get(), 0);
  TOCSIN_TAKE(const auto listener, runtime::Listener::open(free_loopback_port));
  TOCSIN_TAKE(auto read, SharedArray<std::atomic<uint64_t>>::create(1));
  std::unique_ptr<ConnectedFleet> fleet(
      new ConnectedFleet(size, std::move(context), std::move(read)));
  TOCSIN_TAKE(fleet->reader_, ChildProcess::fork_off({}, [&] {
                stay_on_cpu(reader_cpu);
                return run_reader(size, listener.port(), certificates.ca_pem, fleet->read_[0]);
              }));
  absl::Status status;
  Progress progress("connected", size);
  for (uint32_t i = 0; i < size && status.ok(); ++i) {
    status = fleet->accept_one(listener.fd());
    progress.show(i + 1);
  }
  if (!status.ok()) return status;
  return fleet;
}

absl::Status ConnectedFleet::accept_one(int listener) {
  pollfd waited{listener, POLLIN, 0};
  poll(&waited, 1, -1);
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

absl::Status ConnectedFleet::wait_until_read(uint64_t bytes) {
  wanted_ += bytes;
  while (read_[0] < wanted_) {
    if (!reader_->is_running()) return absl::UnavailableError("the reader ended");
    usleep(100);
  }
  return absl::OkStatus();
}

}  // namespace tocsin::bench::fanout
