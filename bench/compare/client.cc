#include "compare/client.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/limits.h"

namespace tocsin::compare {
namespace {

absl::Status system_error(const char* what, int error) {
  return absl::UnavailableError(fmt::format("{}: {}", what, strerror(error)));
}

void set_interest(int epoll_fd, int operation, int fd, uint32_t token, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? uint32_t{EPOLLOUT} : 0u);
  event.data.u32 = token;
  TOCSIN_CHECK(epoll_ctl(epoll_fd, operation, fd, &event) == 0);
}

}  // namespace

Client::~Client() { close(); }

void Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  state_ = State::closed;
}

absl::Status Client::open(const sockaddr_in& address, Speaker& speaker, uint32_t token,
                          Workspace& workspace) {
  TOCSIN_CHECK(state_ == State::closed && fd_ < 0);
  speaker_ = &speaker;
  token_ = token;
  state_ = State::connecting;
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return system_error("socket", errno);
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    return system_error("connect", errno);
  }
  set_interest(workspace.epoll_fd, EPOLL_CTL_ADD, fd_, token_, true);
  return absl::OkStatus();
}

absl::Status Client::on_ready(const runtime::TlsContext& tls, Workspace& workspace) {
  workspace.events.clear();
  if (state_ == State::closed) return absl::OkStatus();
  if (state_ == State::connecting) return on_connected(tls, workspace);
  if (backlog_ != nullptr && !backlog_->unsent.empty()) {
    if (const absl::Status sent = flush(workspace); !sent.ok()) return sent;
  }
  const absl::Status received = receive(tls, workspace);
  drop_empty_backlog();
  return received;
}

absl::Status Client::on_connected(const runtime::TlsContext& tls, Workspace& workspace) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return system_error("connect", error);
  set_interest(workspace.epoll_fd, EPOLL_CTL_MOD, fd_, token_, false);
  if (!speaker_->is_greeted_in_clear()) return begin_handshake(tls, workspace);
  state_ = State::greeting;
  return absl::OkStatus();
}

absl::Status Client::begin_handshake(const runtime::TlsContext& tls, Workspace& workspace) {
  handshake_ = std::make_unique<PeerHandshake>(tls);
  state_ = State::handshaking;
  return advance_handshake({}, workspace);
}

absl::Status Client::advance_handshake(ByteView in, Workspace& workspace) {
  workspace.sealed.clear();
  const PeerHandshake::Step step = handshake_->feed(in, workspace.sealed);
  const absl::Status sent = send_raw(workspace.sealed, workspace);
  if (step == PeerHandshake::Step::failed) return handshake_->error();
  if (!sent.ok() || step == PeerHandshake::Step::more) return sent;
  Bytes early_input;
  absl::StatusOr<wire::TlsSession> session = handshake_->detach(early_input);
  if (!session.ok()) return session.status();
  handshake_.reset();
  session_ = *std::move(session);
  state_ = State::speaking;
  workspace.spoken.clear();
  speaker_->start(workspace.spoken);
  if (const absl::Status started = send(workspace.spoken, workspace); !started.ok()) return started;
  return take_records(early_input, workspace);
}

absl::Status Client::on_greeting(ByteView in, const runtime::TlsContext& tls,
                                 Workspace& workspace) {
  workspace.spoken.clear();
  const Fed fed = speaker_->feed(in, workspace.spoken, workspace.events);
  if (!fed.error.empty()) return absl::DataLossError(fed.error);
  const ByteView rest = in.subspan(fed.used);
  if (!workspace.events.start_tls) {
    backlog().received.assign(rest.begin(), rest.end());
    return absl::OkStatus();
  }
  if (!rest.empty()) return absl::DataLossError("the server spoke on after its greeting");
  return begin_handshake(tls, workspace);
}

absl::Status Client::receive(const runtime::TlsContext& tls, Workspace& workspace) {
  Bytes& buffer = workspace.received;
  size_t kept = 0;
  if (backlog_ != nullptr) {
    kept = backlog_->received.size();
    std::copy(backlog_->received.begin(), backlog_->received.end(), buffer.begin());
    backlog_->received.clear();
  }
  const ssize_t n = recv(fd_, buffer.data() + kept, buffer.size() - kept, 0);
  if (n == 0) return absl::UnavailableError("the server closed the connection");
  const int error = errno;
  if (n < 0 && error != EAGAIN && error != EINTR) return system_error("receive", error);
  const MutableBytes in(buffer.data(), kept + static_cast<size_t>(std::max<ssize_t>(n, 0)));
  if (state_ == State::greeting) return on_greeting(in, tls, workspace);
  if (state_ == State::handshaking) return advance_handshake(in, workspace);
  return take_records(in, workspace);
}

absl::Status Client::take_records(MutableBytes in, Workspace& workspace) {
  workspace.sealed.clear();
  workspace.plaintext.clear();
  if (backlog_ != nullptr) std::swap(workspace.plaintext, backlog_->plaintext);
  const wire::TlsSession::Fed fed =
      session_.feed(workspace.engine, in, workspace.plaintext, workspace.sealed);
  if (fed.code == wire::Code::closed) {
    return absl::UnavailableError("the server closed the connection");
  }
  if (fed.code != wire::Code::ok) {
    return absl::DataLossError(
        fmt::format("the server broke the TLS record layer: {}", wire::name_of(fed.code)));
  }
  const MutableBytes rest = in.subspan(fed.used);
  if (!rest.empty()) backlog().received.assign(rest.begin(), rest.end());
  if (const absl::Status sent = send_raw(workspace.sealed, workspace); !sent.ok()) return sent;
  return speak(workspace);
}

absl::Status Client::speak(Workspace& workspace) {
  workspace.spoken.clear();
  const ByteView plaintext = workspace.plaintext;
  const Fed fed = speaker_->feed(plaintext, workspace.spoken, workspace.events);
  if (!fed.error.empty()) return absl::DataLossError(fed.error);
  const ByteView rest = plaintext.subspan(fed.used);
  if (!rest.empty()) backlog().plaintext.assign(rest.begin(), rest.end());
  if (workspace.events.ready && state_ == State::speaking) state_ = State::ready;
  return send(workspace.spoken, workspace);
}

absl::Status Client::send(ByteView data, Workspace& workspace) {
  if (data.empty()) return absl::OkStatus();
  workspace.sealed.clear();
  const wire::Code code = session_.seal(workspace.engine, data, workspace.sealed);
  if (code != wire::Code::ok) {
    return absl::InternalError(fmt::format("cannot encrypt: {}", wire::name_of(code)));
  }
  return send_raw(workspace.sealed, workspace);
}

absl::Status Client::send_raw(ByteView bytes, Workspace& workspace) {
  if (bytes.empty()) return absl::OkStatus();
  const bool must_queue = backlog_ != nullptr && !backlog_->unsent.empty();
  size_t sent = 0;
  if (!must_queue) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return system_error("send", errno);
    sent = static_cast<size_t>(std::max<ssize_t>(n, 0));
  }
  if (sent == bytes.size()) return absl::OkStatus();
  Bytes& unsent = backlog().unsent;
  append(unsent, bytes.subspan(sent));
  if (unsent.size() > limits::unsent_bytes_max) {
    return absl::ResourceExhaustedError("the server does not read");
  }
  if (!must_queue) set_interest(workspace.epoll_fd, EPOLL_CTL_MOD, fd_, token_, true);
  return absl::OkStatus();
}

absl::Status Client::flush(Workspace& workspace) {
  Bytes& unsent = backlog_->unsent;
  const ssize_t n = ::send(fd_, unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return system_error("send", errno);
  unsent.erase(unsent.begin(), unsent.begin() + std::max<ssize_t>(n, 0));
  if (unsent.empty()) set_interest(workspace.epoll_fd, EPOLL_CTL_MOD, fd_, token_, false);
  return absl::OkStatus();
}

Client::Backlog& Client::backlog() {
  if (backlog_ == nullptr) backlog_ = std::make_unique<Backlog>();
  return *backlog_;
}

void Client::drop_empty_backlog() {
  if (backlog_ != nullptr && backlog_->received.empty() && backlog_->plaintext.empty() &&
      backlog_->unsent.empty()) {
    backlog_.reset();
  }
}

}  // namespace tocsin::compare
