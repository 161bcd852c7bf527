#include "harness/client/sealed_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"
#include "harness/client/loopback.h"

namespace tocsin::harness {
namespace {

absl::Status error_of(const char* what, int error) {
  return absl::UnavailableError(fmt::format("{}: {}", what, strerror(error)));
}

// Bind to 127.0.0.<source> and a port that the system chooses at connect(), when it knows the whole
// pair: otherwise a port could be used once in all.
absl::Status bind_source(int fd, uint8_t source) {
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in address = loopback(0, source);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return absl::OkStatus();
  }
  return system_error("bind");
}

// Without these a loopback socket, with its segments of 64 KB, takes 3 MB before its peer notices
// that nobody reads. With them it is as on a network: some 90 KB.
constexpr int narrow_receive_bytes = 4096;
constexpr int narrow_segment_bytes = 1400;

void make_narrow(int fd) {
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &narrow_receive_bytes, sizeof narrow_receive_bytes);
  setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &narrow_segment_bytes, sizeof narrow_segment_bytes);
}

}  // namespace

SealedSocket::~SealedSocket() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status SealedSocket::connect(const sockaddr_in& address, const Opening& opening,
                                   const Workspace& workspace) {
  TOCSIN_CHECK(fd_ < 0);
  token_ = opening.token;
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return system_error("socket");
  if (opening.source.has_value()) {
    if (absl::Status bound = bind_source(fd_, *opening.source); !bound.ok()) return bound;
  }
  if (opening.narrow) make_narrow(fd_);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd_, generic, sizeof address) != 0 && errno != EINPROGRESS) {
    return system_error("connect");
  }
  watch(workspace, EPOLL_CTL_ADD, true);
  return absl::OkStatus();
}

absl::Status SealedSocket::finish_connect(const Workspace& workspace) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return error_of("connect", error);
  watch(workspace, EPOLL_CTL_MOD, false);
  return absl::OkStatus();
}

absl::StatusOr<MutableBytes> SealedSocket::receive(Workspace& workspace) {
  Bytes& buffer = workspace.received;
  size_t kept = 0;
  if (backlog_ != nullptr) {
    kept = backlog_->received.size();
    std::copy(backlog_->received.begin(), backlog_->received.end(), buffer.begin());
    backlog_->received.clear();
    drop_empty_backlog();
  }
  const ssize_t n = recv(fd_, buffer.data() + kept, buffer.size() - kept, 0);
  if (n == 0) return absl::UnavailableError("the server closed the connection");
  const int error = errno;
  if (n < 0 && error != EAGAIN && error != EINTR) return error_of("receive", error);
  return MutableBytes(buffer.data(), kept + static_cast<size_t>(std::max<ssize_t>(n, 0)));
}

void SealedSocket::keep(ByteView rest) {
  if (!rest.empty()) backlog().received.assign(rest.begin(), rest.end());
}

absl::Status SealedSocket::open_records(MutableBytes in, Workspace& workspace) {
  workspace.sealed.clear();
  const wire::TlsSession::Fed fed =
      session_.feed(workspace.engine, in, workspace.plaintext, workspace.sealed);
  absl::Status answered = send_raw(workspace.sealed, workspace);
  switch (fed.code) {
    case wire::Code::ok:
      keep(in.subspan(fed.used));
      return answered;
    case wire::Code::closed:
      return absl::UnavailableError("the server closed the connection");
    default:
      break;
  }
  workspace.sealed.clear();
  if (session_.seal_alert(workspace.engine, fed.alert, workspace.sealed) == wire::Code::ok) {
    send_raw(workspace.sealed, workspace).IgnoreError();
  }
  return absl::DataLossError(
      fmt::format("the server broke the TLS record layer: {}", wire::name_of(fed.code)));
}

absl::Status SealedSocket::send(ByteView data, Workspace& workspace) {
  if (data.empty()) return absl::OkStatus();
  workspace.sealed.clear();
  const wire::Code code = session_.seal(workspace.engine, data, workspace.sealed);
  if (code != wire::Code::ok) {
    return absl::InternalError(fmt::format("cannot encrypt: {}", wire::name_of(code)));
  }
  return send_raw(workspace.sealed, workspace);
}

absl::Status SealedSocket::send_raw(ByteView bytes, const Workspace& workspace) {
  if (bytes.empty()) return absl::OkStatus();
  const bool must_queue = has_unsent();
  size_t sent = 0;
  if (!must_queue) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return system_error("send");
    sent = static_cast<size_t>(std::max<ssize_t>(n, 0));
  }
  if (sent == bytes.size()) return absl::OkStatus();
  Bytes& unsent = backlog().unsent;
  append(unsent, bytes.subspan(sent));
  if (unsent.size() > limits::unsent_bytes_max) {
    return absl::ResourceExhaustedError("the server does not read");
  }
  if (!must_queue) watch(workspace, EPOLL_CTL_MOD, true);
  return absl::OkStatus();
}

absl::Status SealedSocket::flush(const Workspace& workspace) {
  if (!has_unsent()) return absl::OkStatus();
  Bytes& unsent = backlog_->unsent;
  const ssize_t n = ::send(fd_, unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return system_error("send");
  unsent.erase(unsent.begin(), unsent.begin() + std::max<ssize_t>(n, 0));
  if (!unsent.empty()) return absl::OkStatus();
  watch(workspace, EPOLL_CTL_MOD, false);
  drop_empty_backlog();
  return absl::OkStatus();
}

void SealedSocket::say_goodbye(Workspace& workspace) {
  workspace.sealed.clear();
  const wire::Code code =
      session_.seal_alert(workspace.engine, wire::TlsAlert::close_notify, workspace.sealed);
  if (code == wire::Code::ok) send_raw(workspace.sealed, workspace).IgnoreError();
}

void SealedSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  backlog_.reset();
  session_ = wire::TlsSession();
}

void SealedSocket::abandon(const Workspace& workspace) {
  TOCSIN_CHECK(epoll_ctl(workspace.epoll_fd, EPOLL_CTL_DEL, fd_, nullptr) == 0);
}

size_t SealedSocket::unread_bytes() const {
  int bytes = 0;
  return ioctl(fd_, FIONREAD, &bytes) == 0 ? static_cast<size_t>(std::max(bytes, 0)) : 0;
}

void SealedSocket::watch(const Workspace& workspace, int operation, bool writable) const {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? uint32_t{EPOLLOUT} : 0u);
  event.data.u32 = token_;
  TOCSIN_CHECK(epoll_ctl(workspace.epoll_fd, operation, fd_, &event) == 0);
}

SealedSocket::Backlog& SealedSocket::backlog() {
  if (backlog_ == nullptr) backlog_ = std::make_unique<Backlog>();
  return *backlog_;
}

void SealedSocket::drop_empty_backlog() {
  if (backlog_ != nullptr && backlog_->received.empty() && backlog_->unsent.empty()) {
    backlog_.reset();
  }
}

}  // namespace tocsin::harness
