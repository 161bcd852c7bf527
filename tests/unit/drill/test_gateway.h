// TestGateway: a small gateway for tests of the drill: real sockets, real TLS 1.3, the device
// protocol, and misbehaviour on demand, which a real gateway would not show.
//
// Thread: serves on one of its own; every public function from the test's thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/check.h"
#include "runtime/tls/dev_certificates.h"
#include "runtime/tls/handshake_pool.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/hello_auth.h"

namespace tocsin::bench::drill {

class TestGateway {
 public:
  // `folder` takes the certificate.
  explicit TestGateway(const std::string& folder) {
    auto certificates = runtime::load_or_make_dev_certificates(folder);
    TOCSIN_CHECK(certificates.ok());
    ca_pem_ = certificates->ca_pem;
    auto pool = runtime::HandshakePool::create(certificates->identity, {});
    TOCSIN_CHECK(pool.ok());
    pool_ = *std::move(pool);
    listen_on_loopback();
    thread_ = std::thread([this] { serve(); });
  }
  ~TestGateway() {
    stopping_ = true;
    thread_.join();
    pool_.reset();
    for (Peer& peer : peers_) ::close(peer.fd);
    ::close(listener_);
  }

  uint16_t port() const { return port_; }
  const std::string& ca_pem() const { return ca_pem_; }
  size_t live() const { return live_; }
  size_t hellos() const { return hellos_; }
  size_t acks() const { return acks_; }

  // Send a push to the live devices for which `wanted(place)` is true; places count from 0 in the
  // order they said Hello.
  void push(const std::string& title, uint64_t id, std::function<bool(size_t)> wanted) {
    run([this, title, id, wanted = std::move(wanted)] {
      wire::Push message;
      message.message = MessageId{id};
      message.priority = wire::Priority::alert;
      message.title = title;
      Bytes frame;
      TOCSIN_CHECK(wire::append_message(message, frame) == wire::Code::ok);
      size_t place = 0;
      for (Peer& peer : peers_) {
        if (peer.is_live && wanted(place++)) send(peer, frame);
      }
    });
  }
  // Cut every connection.
  void drop_all() {
    run([this] {
      for (Peer& peer : peers_) ::close(peer.fd);
      peers_.clear();
      live_ = 0;
    });
  }
  // Answer every Register with this error instead.
  void refuse(wire::Error::Reason reason) {
    run([this, reason] { refusal_ = reason; });
  }

 private:
  struct Peer {
    int fd = -1;
    wire::TlsSession session;
    wire::Exporter exporter{};
    Bytes received;
    Bytes plaintext;
    bool preface_read = false;
    bool is_live = false;
  };

  void listen_on_loopback() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    TOCSIN_CHECK(bind(listener_, generic, length) == 0 && listen(listener_, 1024) == 0);
    TOCSIN_CHECK(getsockname(listener_, generic, &length) == 0);
    port_ = ntohs(address.sin_port);
  }

  // On the gateway's thread, after what was asked before.
  void run(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }

  void serve() {
    while (!stopping_) {
      std::vector<pollfd> waited = {{listener_, POLLIN, 0}};
      for (const Peer& peer : peers_) waited.push_back({peer.fd, POLLIN, 0});
      poll(waited.data(), waited.size(), 2);
      if (waited[0].revents != 0) accept_all();
      for (size_t i = peers_.size(); i > 0; --i) {
        if (waited[i].revents != 0 && !receive(peers_[i - 1])) remove(i - 1);
      }
      take_arrived();
      std::vector<std::function<void()>> tasks;
      {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
      }
      for (const auto& task : tasks) task();
    }
  }

  void accept_all() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      const bool taken = pool_->submit(fd, [this](absl::StatusOr<runtime::Handshaken> done) {
        if (!done.ok()) return;
        const std::lock_guard lock(mutex_);
        arrived_.push_back(*std::move(done));
      });
      if (!taken) ::close(fd);
    }
  }

  void take_arrived() {
    std::deque<runtime::Handshaken> arrived;
    {
      const std::lock_guard lock(mutex_);
      arrived.swap(arrived_);
    }
    for (runtime::Handshaken& done : arrived) {
      Peer& peer = peers_.emplace_back();
      peer.fd = done.socket.release();
      peer.session = std::move(done.session);
      peer.exporter = done.exporter;
      peer.received = std::move(done.early_input);
      if (!take_records(peer)) remove(peers_.size() - 1);
    }
  }

  void remove(size_t index) {
    if (peers_[index].is_live) --live_;
    ::close(peers_[index].fd);
    peers_.erase(peers_.begin() + static_cast<ptrdiff_t>(index));
  }

  bool receive(Peer& peer) {
    uint8_t chunk[4096];
    const ssize_t n = recv(peer.fd, chunk, sizeof chunk, 0);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    append(peer.received, ByteView(chunk, static_cast<size_t>(n)));
    return take_records(peer);
  }

  bool take_records(Peer& peer) {
    Bytes reply;
    const auto fed = peer.session.feed(engine_, peer.received, peer.plaintext, reply);
    if (fed.code != wire::Code::ok) return false;
    peer.received.erase(peer.received.begin(),
                        peer.received.begin() + static_cast<ptrdiff_t>(fed.used));
    size_t at = 0;
    if (!peer.preface_read && peer.plaintext.size() >= wire::preface.size()) {
      TOCSIN_CHECK(std::equal(wire::preface.begin(), wire::preface.end(), peer.plaintext.begin()));
      peer.preface_read = true;
      at = wire::preface.size();
    }
    wire::FrameView frame;
    size_t used = 0;
    while (peer.preface_read && at < peer.plaintext.size() &&
           wire::read_frame(ByteView(peer.plaintext).subspan(at), limits::device_frame_bytes_max,
                            frame, used) == wire::Code::ok) {
      answer(peer, frame);
      at += used;
    }
    peer.plaintext.erase(peer.plaintext.begin(),
                         peer.plaintext.begin() + static_cast<ptrdiff_t>(at));
    return true;
  }

  void answer(Peer& peer, const wire::FrameView& frame) {
    Bytes out;
    if (frame.type == wire::FrameType::reg) answer_register(frame.body, out);
    if (frame.type == wire::FrameType::hello) answer_hello(peer, frame.body, out);
    if (frame.type == wire::FrameType::ping) wire::append_frame(wire::FrameType::pong, out);
    if (frame.type == wire::FrameType::ack) ++acks_;
    if (!out.empty()) send(peer, out);
  }

  void answer_register(ByteView body, Bytes& out) {
    if (refusal_ != wire::Error::Reason::unspecified) {
      wire::Error error;
      error.reason = refusal_;
      error.message = "refused by the test";
      wire::append_message(error, out);
      return;
    }
    wire::Register message;
    TOCSIN_CHECK(wire::decode(body, message) == wire::Code::ok);
    wire::Registered registered;
    registered.app = AppId{1};
    registered.device = wire::derive_device_id(master_, message.install_nonce);
    const wire::Secret secret = wire::derive_device_secret(master_, registered.device, 1);
    registered.device_secret = secret;
    registered.key_epoch = 1;
    TOCSIN_CHECK(wire::append_message(registered, out) == wire::Code::ok);
  }

  void answer_hello(Peer& peer, ByteView body, Bytes& out) {
    wire::Hello hello;
    TOCSIN_CHECK(wire::decode(body, hello) == wire::Code::ok);
    const wire::Secret secret = wire::derive_device_secret(master_, hello.device, hello.key_epoch);
    const wire::HelloMac wanted =
        wire::hello_mac(secret, peer.exporter, hello.app, hello.key_epoch, hello.device);
    TOCSIN_CHECK(equal_constant_time(wanted, hello.mac));
    TOCSIN_CHECK(wire::append_message(wire::Welcome{}, out) == wire::Code::ok);
    peer.is_live = true;
    ++live_;
    ++hellos_;
  }

  void send(Peer& peer, const Bytes& frame) {
    Bytes sealed;
    TOCSIN_CHECK(peer.session.seal(engine_, frame, sealed) == wire::Code::ok);
    // A device that does not read has room for what a test sends.
    ::send(peer.fd, sealed.data(), sealed.size(), MSG_NOSIGNAL);
  }

  std::string ca_pem_;
  std::unique_ptr<runtime::HandshakePool> pool_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<size_t> live_ = 0;
  std::atomic<size_t> hellos_ = 0;
  std::atomic<size_t> acks_ = 0;
  wire::Secret master_{};
  wire::TlsEngine engine_;
  std::vector<Peer> peers_;
  wire::Error::Reason refusal_ = wire::Error::Reason::unspecified;
  std::mutex mutex_;  // of what follows
  std::vector<std::function<void()>> tasks_;
  std::deque<runtime::Handshaken> arrived_;
};

}  // namespace tocsin::bench::drill
