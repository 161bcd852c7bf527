#include "fanout/connected_fleet.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "drill/one_cpu.h"
#include "drill/temp_dir.h"
#include "fanout/reader.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::fanout {
namespace {

absl::Status system_error(const char* what) {
  return absl::UnavailableError(fmt::format("{}: {}", what, std::strerror(errno)));
}

absl::StatusOr<int> listen_on_loopback(uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  // As the gateway's listener does.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      listen(fd, 4096) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return system_error("cannot listen on loopback");
  }
  port = ntohs(address.sin_port);
  return fd;
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
  if (reader_ <= 0) return;
  kill(reader_, SIGTERM);
  waitpid(reader_, nullptr, 0);
}

absl::StatusOr<std::unique_ptr<ConnectedFleet>> ConnectedFleet::connect(
    uint32_t size, uint32_t reader_cpu, void (*on_progress)(uint32_t)) {
  const absl::StatusOr<drill::TempDir> directory = drill::TempDir::create();
  if (!directory.ok()) return directory.status();
  const auto certificates = runtime::load_or_make_dev_certificates(directory->path() + "/tls");
  if (!certificates.ok()) return certificates.status();
  absl::StatusOr<runtime::TlsContext> context = runtime::TlsContext::server(certificates->identity);
  if (!context.ok()) return context.status();
  // The reader counts bytes: nothing may be sent that is not a push.
  SSL_CTX_set_num_tickets(context->get(), 0);
  uint16_t port = 0;
  const absl::StatusOr<int> listener = listen_on_loopback(port);
  if (!listener.ok()) return listener.status();
  int orders[2];
  int answers[2];
  if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) return system_error("pipe");
  std::unique_ptr<ConnectedFleet> fleet(new ConnectedFleet(size, *std::move(context)));
  fleet->orders_ = orders[1];
  fleet->answers_ = answers[0];
  fleet->reader_ = fork();
  if (fleet->reader_ < 0) return system_error("fork");
  if (fleet->reader_ == 0) {
    close(*listener);
    close(orders[1]);
    close(answers[0]);
    drill::stay_on(reader_cpu);
    _exit(run_reader(size, port, certificates->ca_pem, orders[0], answers[1]));
  }
  close(orders[0]);
  close(answers[1]);
  absl::Status status;
  for (uint32_t i = 0; i < size && status.ok(); ++i) {
    status = fleet->accept_one(*listener);
    on_progress(i + 1);
  }
  close(*listener);
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

}  // namespace tocsin::fanout
