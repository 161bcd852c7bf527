#include "runtime/tls/handshake_pool.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <vector>

#include "runtime/log.h"
#include "runtime/tls/tls_context.h"
#include "runtime/tls/tls_handshake.h"

namespace tocsin::runtime {
namespace {

using Done = HandshakePool::Done;

// A device's socket and its handshake, between the two memory BIOs of TlsHandshake.
class DeviceHandshake final : public Handshake {
 public:
  // A context for each thread.
  DeviceHandshake(int fd, Done done, const std::vector<TlsContext>& contexts)
      : socket_(fd), done_(std::move(done)), contexts_(contexts) {}

  int fd() const override { return socket_.fd(); }
  // A submission that finds no room leaves the socket to the caller.
  void leave_socket() { static_cast<void>(socket_.release()); }

  void start(HandshakeThread& thread) override {
    handshake_ = TlsHandshake::server(contexts_[thread.index]);
  }

  Wants advance(HandshakeThread& thread) override {
    if (handshake_->step() == TlsHandshake::Step::more) read_some(thread);
    if (!send_unsent()) return fail("handshake: the peer went away");
    switch (handshake_->step()) {
      case TlsHandshake::Step::failed:
        part_politely(thread);
        outcome_ = handshake_->error();
        return Wants::nothing;
      case TlsHandshake::Step::done:
        if (!unsent_.empty()) break;
        finish(thread);
        return Wants::nothing;
      case TlsHandshake::Step::more:
        if (peer_closed_) return fail("handshake: the peer closed the connection");
        break;
    }
    return unsent_.empty() ? Wants::read : Wants::write;
  }

  void end(const absl::Status& given_up) override {
    if (!given_up.ok()) outcome_ = given_up;
    if (outcome_.ok()) {
      outcome_->socket = std::move(socket_);
    } else {
      socket_ = Socket();
    }
    done_(std::move(outcome_));
  }

 private:
  Wants fail(const char* why) {
    outcome_ = absl::UnavailableError(why);
    return Wants::nothing;
  }

  void read_some(HandshakeThread& thread) {
    const ssize_t got = recv(socket_.fd(), thread.buffer.data(), thread.buffer.size(), 0);
    if (got > 0) {
      handshake_->feed({thread.buffer.data(), static_cast<size_t>(got)}, unsent_);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      peer_closed_ = true;
    }
  }

  // False when the connection is gone.
  bool send_unsent() {
    while (!unsent_.empty()) {
      const ssize_t sent = send(socket_.fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      unsent_.erase(unsent_.begin(), unsent_.begin() + sent);
    }
    return true;
  }

  void finish(HandshakeThread& thread) {
    absl::StatusOr<Detached> left = handshake_->detach(thread.engine);
    if (!left.ok()) {
      log_error("{}", std::string(left.status().message()));
      outcome_ = left.status();
      return;
    }
    Handshaken handshaken;
    handshaken.session = std::move(left->session);
    handshaken.exporter = left->exporter;
    handshaken.early_input = std::move(left->early_input);
    cleanse(left->exporter);
    outcome_ = std::move(handshaken);
  }

  // The alert has been sent. What else has arrived is read, because closing a socket with unread
  // bytes resets the connection, and a reset can overtake the alert.
  void part_politely(HandshakeThread& thread) {
    shutdown(socket_.fd(), SHUT_WR);
    while (recv(socket_.fd(), thread.buffer.data(), thread.buffer.size(), MSG_DONTWAIT) ==
           static_cast<ssize_t>(thread.buffer.size())) {
    }
  }

  Socket socket_;
  Done done_;
  const std::vector<TlsContext>& contexts_;
  std::unique_ptr<TlsHandshake> handshake_;
  Bytes unsent_;
  bool peer_closed_ = false;
  absl::StatusOr<Handshaken> outcome_ = absl::UnknownError("handshake: not over");
};

}  // namespace

class HandshakePool::Impl {
 public:
  Impl(std::vector<TlsContext> contexts, HandshakeThreadsOptions options)
      : contexts(std::move(contexts)), threads(options) {}

  const std::vector<TlsContext> contexts;
  HandshakeThreads threads;  // ends before what it uses
};

HandshakePool::HandshakePool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HandshakePool::~HandshakePool() = default;

absl::StatusOr<std::unique_ptr<HandshakePool>> HandshakePool::create(
    const TlsIdentity& identity, HandshakeThreadsOptions options) {
  std::vector<TlsContext> contexts;
  for (uint32_t i = 0; i < std::max(1u, options.threads); ++i) {
    absl::StatusOr<TlsContext> context = TlsContext::server(identity);
    if (!context.ok()) return context.status();
    contexts.push_back(*std::move(context));
  }
  if (const auto status = HandshakeThreads::check(options); !status.ok()) return status;
  return std::unique_ptr<HandshakePool>(
      new HandshakePool(std::make_unique<Impl>(std::move(contexts), options)));
}

bool HandshakePool::submit(int fd, Done done) {
  auto device = std::make_unique<DeviceHandshake>(fd, std::move(done), impl_->contexts);
  DeviceHandshake& at = *device;
  std::unique_ptr<Handshake> handshake = std::move(device);
  if (impl_->threads.submit(handshake)) return true;
  at.leave_socket();
  return false;
}

uint32_t HandshakePool::in_flight() const { return impl_->threads.in_flight(); }
uint32_t HandshakePool::in_flight_max() const { return impl_->threads.options().in_flight_max; }

}  // namespace tocsin::runtime
