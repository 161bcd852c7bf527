#include "harness/client/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "harness/client/loopback.h"
#include "harness/system_error.h"
#include "harness/try.h"

namespace tocsin::bench {
namespace {

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

// Bind to 127.0.0.<source> and a port that the system chooses at connect(), when it knows the whole
// pair: otherwise a port could be used once in all.
absl::Status bind_source(int fd, uint8_t source) {
  set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  const sockaddr_in address = loopback(0, source);
  const bool is_bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return is_bound ? absl::OkStatus() : system_error("bind");
}

// Without these a loopback socket, with its segments of 64 KB, takes 3 MB before its peer notices
// that nobody reads. With them it is as on a network: some 90 KB.
void make_narrow(int fd) {
  set_option(fd, SOL_SOCKET, SO_RCVBUF, 4096);
  set_option(fd, IPPROTO_TCP, TCP_MAXSEG, 1400);
}

}  // namespace

Workspace::Workspace() : epoll_fd(epoll_create1(EPOLL_CLOEXEC)) { TOCSIN_CHECK(epoll_fd >= 0); }

Workspace::~Workspace() { ::close(epoll_fd); }

absl::StatusOr<int> Workspace::wait(
    uint32_t wait_ms, absl::FunctionRef<absl::Status(uint32_t token)> on_ready) const {
  std::array<epoll_event, 256> events;
  int ready = 0;
  do {
    ready = epoll_wait(epoll_fd, events.data(), events.size(), static_cast<int>(wait_ms));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return system_error("epoll_wait");
  for (int i = 0; i < ready; ++i) TOCSIN_TRY(on_ready(events[static_cast<size_t>(i)].data.u32));
  return ready;
}

void Workspace::watch(int fd, uint32_t token) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = token;
  TOCSIN_CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status Connection::open(const sockaddr_in& address, const Opening& opening,
                              const Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::closed && fd_ < 0);
  state_ = State::connecting;
  token_ = opening.token;
  is_greeted_ = opening.is_greeted;
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return system_error("socket");
  if (opening.source.has_value()) TOCSIN_TRY(bind_source(fd_, *opening.source));
  if (opening.is_narrow) make_narrow(fd_);
  set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (connect(fd_, generic, sizeof address) != 0 && errno != EINPROGRESS) {
    return system_error("connect");
  }
  watch(workspace, EPOLL_CTL_ADD, true);
  return absl::OkStatus();
}

absl::Status Connection::on_ready(MakeHandshake make, Workspace& workspace) {
  workspace.plaintext.clear();
  if (backlog_ != nullptr) {
    workspace.plaintext.swap(backlog_->plaintext);
    drop_empty_backlog();
  }
  if (state_ == State::closed) return absl::OkStatus();
  if (state_ == State::connecting) {
    TOCSIN_TRY(finish_connect(workspace));
    return is_greeted_ ? absl::OkStatus() : start_tls(make, workspace);
  }
  TOCSIN_TRY(flush(workspace));
  TOCSIN_TAKE(const MutableBytes in, receive(workspace));
  if (state_ == State::established) return open_records(in, workspace);
  if (state_ == State::handshaking) return advance_handshake(in, workspace);
  append(workspace.plaintext, in);
  return absl::OkStatus();
}

void Connection::hold_back(ByteView rest) {
  if (!rest.empty()) backlog().plaintext.assign(rest.begin(), rest.end());
}

absl::Status Connection::finish_connect(const Workspace& workspace) {
  socklen_t length = sizeof errno;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &errno, &length);
  if (errno != 0) return system_error("connect");
  watch(workspace, EPOLL_CTL_MOD, false);
  state_ = State::in_clear;
  return absl::OkStatus();
}

absl::Status Connection::start_tls(MakeHandshake make, Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::in_clear);
  handshake_ = make();
  state_ = State::handshaking;
  return advance_handshake({}, workspace);
}

absl::Status Connection::advance_handshake(ByteView in, Workspace& workspace) {
  workspace.sealed.clear();
  const ClientHandshake::Step step = handshake_->feed(in, workspace.sealed);
  const absl::Status sent = send_raw(workspace.sealed, workspace);
  if (step == ClientHandshake::Step::failed) return handshake_->error();
  if (!sent.ok() || step == ClientHandshake::Step::more) return sent;
  TOCSIN_TAKE(runtime::Detached left, handshake_->detach(workspace.engine));
  handshake_.reset();
  session_ = std::move(left.session);
  workspace.exporter = left.exporter;
  resumed_ = left.resumed;
  state_ = State::established;
  return open_records(left.early_input, workspace);
}

// What was kept and what has come since, a view of workspace.received.
absl::StatusOr<MutableBytes> Connection::receive(Workspace& workspace) {
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
  if (n < 0 && errno != EAGAIN && errno != EINTR) return system_error("receive");
  return MutableBytes(buffer.data(), kept + static_cast<size_t>(std::max<ssize_t>(n, 0)));
}

// Open what is whole of `in`, in place, send what TLS has to answer, and keep the rest.
absl::Status Connection::open_records(MutableBytes in, Workspace& workspace) {
  workspace.sealed.clear();
  const wire::TlsSession::Fed fed =
      session_.feed(workspace.engine, in, workspace.plaintext, workspace.sealed);
  absl::Status answered = send_raw(workspace.sealed, workspace);
  if (fed.code == wire::Code::closed) {
    return absl::UnavailableError("the server closed the connection");
  }
  if (fed.code == wire::Code::ok) {
    const ByteView rest = in.subspan(fed.used);
    if (!rest.empty()) backlog().received.assign(rest.begin(), rest.end());
    return answered;
  }
  send_alert(fed.alert, workspace);
  return absl::DataLossError(
      fmt::format("the server broke the TLS record layer: {}", wire::name_of(fed.code)));
}

absl::Status Connection::send(ByteView data, Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::established);
  if (data.empty()) return absl::OkStatus();
  workspace.sealed.clear();
  const wire::Code code = session_.seal(workspace.engine, data, workspace.sealed);
  if (code == wire::Code::ok) return send_raw(workspace.sealed, workspace);
  return absl::InternalError(fmt::format("cannot encrypt: {}", wire::name_of(code)));
}

absl::Status Connection::send_raw(ByteView bytes, const Workspace& workspace) {
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

void Connection::send_alert(wire::TlsAlert alert, Workspace& workspace) {
  workspace.sealed.clear();
  if (session_.seal_alert(workspace.engine, alert, workspace.sealed) == wire::Code::ok) {
    send_raw(workspace.sealed, workspace).IgnoreError();
  }
}

// Send what is queued, as far as the kernel takes it.
absl::Status Connection::flush(const Workspace& workspace) {
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

void Connection::close(Workspace& workspace) {
  if (state_ == State::established) send_alert(wire::TlsAlert::close_notify, workspace);
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  backlog_.reset();
  handshake_.reset();
  session_ = wire::TlsSession();
  state_ = State::closed;
}

void Connection::abandon(const Workspace& workspace) {
  TOCSIN_CHECK(epoll_ctl(workspace.epoll_fd, EPOLL_CTL_DEL, fd_, nullptr) == 0);
}

size_t Connection::unread_bytes() const {
  int bytes = 0;
  return ioctl(fd_, FIONREAD, &bytes) == 0 ? static_cast<size_t>(std::max(bytes, 0)) : 0;
}

void Connection::watch(const Workspace& workspace, int operation, bool writable) const {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? uint32_t{EPOLLOUT} : 0u);
  event.data.u32 = token_;
  TOCSIN_CHECK(epoll_ctl(workspace.epoll_fd, operation, fd_, &event) == 0);
}

Connection::Backlog& Connection::backlog() {
  if (backlog_ == nullptr) backlog_ = std::make_unique<Backlog>();
  return *backlog_;
}

void Connection::drop_empty_backlog() {
  if (backlog_ != nullptr && backlog_->received.empty() && backlog_->plaintext.empty() &&
      backlog_->unsent.empty()) {
    backlog_.reset();
  }
}

}  // namespace tocsin::bench
