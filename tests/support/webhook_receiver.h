// A webhook's receiver: takes requests over TLS or plain HTTP on a port of its own, keeps them, and
// answers as it was told to. One connection at a time, and one request on each unless told.
//
// Thread: one of its own; the calls from any other.
#pragma once

#include <arpa/inet.h>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "runtime/tls/handshake_pool.h"

namespace tocsin::test {

class WebhookReceiver {
 public:
  struct Request {
    std::string line;                            // "POST /hook HTTP/1.1"
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };

  // Plain HTTP without an identity.
  explicit WebhookReceiver(const runtime::TlsIdentity* identity = nullptr) {
    std::signal(SIGPIPE, SIG_IGN);  // whoever asked may be gone when it is answered
    if (identity != nullptr) context_ = make_context(*identity);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TOCSIN_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    TOCSIN_CHECK(::listen(listener_, 64) == 0);
    socklen_t length = sizeof address;
    TOCSIN_CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~WebhookReceiver() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      held_ = false;
      if (peer_ >= 0) ::shutdown(peer_, SHUT_RDWR);
    }
    changed_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  WebhookReceiver(const WebhookReceiver&) = delete;
  WebhookReceiver& operator=(const WebhookReceiver&) = delete;

  uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/hook") const {
    return fmt::format("{}://127.0.0.1:{}{}", context_ != nullptr ? "https" : "http", port_, path);
  }

  // The next requests are answered with these; then each with 200.
  void answer(int status, const std::string& headers = {}, size_t times = 1) {
    for (size_t i = 0; i < times; ++i) answer_raw(whole_answer(status, headers));
  }
  // The next request is answered with these bytes; none: the connection is closed instead.
  void answer_raw(std::string bytes) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(bytes));
  }
  // Connections are kept for further requests, until the peer ends them.
  void keep_alive() {
    const std::lock_guard lock(mutex_);
    keeps_alive_ = true;
  }
  // While held, requests are read and not answered.
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  std::vector<Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // How many were made, those that came to nothing among them.
  size_t connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }
  // Whether a connection is up now.
  bool is_connected() {
    const std::lock_guard lock(mutex_);
    return peer_ >= 0;
  }
  // Wait for so many requests, and for the end of the connection; false if that does not come.
  bool await_requests(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
  }
  bool await_disconnected() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return peer_ < 0; });
  }

 private:
  static constexpr std::chrono::seconds patience{20};

  struct Peer {
    int fd = -1;
    SSL* tls = nullptr;

    ssize_t read(char* to, size_t room) {
      return tls != nullptr ? SSL_read(tls, to, static_cast<int>(room)) : ::read(fd, to, room);
    }
    void write(const std::string& bytes) {
      if (tls != nullptr) {
        SSL_write(tls, bytes.data(), static_cast<int>(bytes.size()));
      } else {
        ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      }
    }
  };

  static SSL_CTX* make_context(const runtime::TlsIdentity& identity) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    BIO* pem = BIO_new_mem_buf(identity.certificate_chain_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    TOCSIN_CHECK(SSL_CTX_use_certificate(context, certificate) == 1);
    X509_free(certificate);
    BIO_free(pem);
    pem = BIO_new_mem_buf(identity.private_key_pem.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(pem, nullptr, nullptr, nullptr);
    TOCSIN_CHECK(SSL_CTX_use_PrivateKey(context, key) == 1);
    EVP_PKEY_free(key);
    BIO_free(pem);
    return context;
  }

  static std::string whole_answer(int status, const std::string& headers) {
    return fmt::format("HTTP/1.1 {} Answer\r\n{}Content-Length: 0\r\n\r\n", status, headers);
  }

  void serve() {
    for (;;) {
      Peer peer{::accept(listener_, nullptr, nullptr)};
      if (peer.fd < 0) return;
      if (!begin(peer.fd)) return end(peer.fd);
      const timeval limit{.tv_sec = 10, .tv_usec = 0};
      ::setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      const int at_once = 1;
      ::setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
      bool connected = true;
      if (context_ != nullptr) {
        peer.tls = SSL_new(context_);
        SSL_set_fd(peer.tls, peer.fd);
        connected = SSL_accept(peer.tls) == 1;
      }
      while (connected && take(peer)) {
      }
      SSL_free(peer.tls);
      end(peer.fd);
    }
  }

  bool begin(int fd) {
    const std::lock_guard lock(mutex_);
    peer_ = fd;
    ++connections_;
    return !ending_;
  }
  void end(int fd) {
    const std::lock_guard lock(mutex_);
    peer_ = -1;
    ::close(fd);
    changed_.notify_all();
  }

  // Whether another request may follow.
  bool take(Peer& peer) {
    Request request;
    if (!read_request(peer, request)) return false;
    std::string answer = whole_answer(200, "");
    bool goes_on = false;
    {
      std::unique_lock lock(mutex_);
      requests_.push_back(std::move(request));
      changed_.notify_all();
      changed_.wait(lock, [this] { return !held_; });
      if (ending_) return false;
      if (!script_.empty()) {
        answer = script_.front();
        script_.pop_front();
      }
      goes_on = keeps_alive_ && !answer.empty();
    }
    if (!answer.empty()) peer.write(answer);
    return goes_on;
  }

  static bool read_request(Peer& peer, Request& request) {
    std::string bytes;
    size_t head = std::string::npos;
    size_t length = 0;
    while (head == std::string::npos || bytes.size() < head + 4 + length) {
      char buffer[4096];
      const ssize_t got = peer.read(buffer, sizeof buffer);
      if (got <= 0) return false;
      bytes.append(buffer, static_cast<size_t>(got));
      if (head != std::string::npos) continue;
      head = bytes.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      read_head(bytes.substr(0, head), request);
      const auto found = request.headers.find("content-length");
      if (found != request.headers.end()) length = std::stoul(found->second);
    }
    request.body = bytes.substr(head + 4);
    return true;
  }

  static void read_head(const std::string& head, Request& request) {
    size_t at = head.find("\r\n");
    request.line = head.substr(0, at);
    while (at != std::string::npos) {
      const size_t end = head.find("\r\n", at + 2);
      const std::string line = head.substr(at + 2, end == std::string::npos ? end : end - at - 2);
      std::string name = line.substr(0, line.find(": "));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[name] = line.substr(line.find(": ") + 2);
      at = end;
    }
  }

  SSL_CTX* context_ = nullptr;  // nullptr: plain HTTP
  int listener_ = -1;
  uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> script_;
  std::vector<Request> requests_;
  size_t connections_ = 0;
  int peer_ = -1;
  bool held_ = false;
  bool keeps_alive_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tocsin::test
