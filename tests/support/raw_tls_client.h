// A TLS client that sends exactly the bytes it is told, for what no HTTP client would send.
// Blocking, with a 10 s limit on every read.
#pragma once

#include <arpa/inet.h>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <openssl/ssl.h>

namespace tocsin::test {

class RawTlsClient {
 public:
  explicit RawTlsClient(uint16_t port, int version = 0, std::string_view alpn = {})
      : context_(SSL_CTX_new(TLS_client_method())) {
    signal(SIGPIPE, SIG_IGN);  // a server that refuses may have closed before this has said Hello
    if (version != 0) {
      SSL_CTX_set_min_proto_version(context_, version);
      SSL_CTX_set_max_proto_version(context_, version);
    }
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    tls_ = SSL_new(context_);
    SSL_set_fd(tls_, fd_);
    SSL_set_tlsext_host_name(tls_, "localhost");
    if (!alpn.empty()) {
      SSL_set_alpn_protos(tls_, reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
    }
    connected_ = connected_ && SSL_connect(tls_) == 1;
  }
  ~RawTlsClient() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
    ::close(fd_);
  }
  RawTlsClient(const RawTlsClient&) = delete;
  RawTlsClient& operator=(const RawTlsClient&) = delete;

  bool connected() const { return connected_; }
  std::string version() const { return SSL_get_version(tls_); }
  std::string alpn() const {
    const unsigned char* chosen = nullptr;
    unsigned bytes = 0;
    SSL_get0_alpn_selected(tls_, &chosen, &bytes);
    return {reinterpret_cast<const char*>(chosen), bytes};
  }

  bool send(std::string_view bytes) {
    return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
  }

  // Send nothing more, without a word of TLS.
  void end_socket() { ::shutdown(fd_, SHUT_WR); }

  // Everything up to the server's end of the connection, or to the 10 s limit.
  std::string read_to_end() {
    while (read_more()) {
    }
    return std::exchange(pending_, {});
  }

  // One answer: its head and as many body bytes as its Content-Length says; what came of it if the
  // connection ends before.
  std::string read_answer() {
    while (true) {
      const size_t head = pending_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const size_t length = pending_.find("Content-Length: ");
        const size_t body =
            length < head ? std::strtoul(pending_.c_str() + length + 16, nullptr, 10) : 0;
        const size_t whole = head + 4 + body;
        if (pending_.size() >= whole) {
          std::string answer = pending_.substr(0, whole);
          pending_.erase(0, whole);
          return answer;
        }
      }
      if (!read_more()) return std::exchange(pending_, {});
    }
  }

  // Whether the server ended the TLS stream in order (close_notify) rather than cutting it.
  bool ended_in_order() const { return (SSL_get_shutdown(tls_) & SSL_RECEIVED_SHUTDOWN) != 0; }

 private:
  bool read_more() {
    char bytes[4096];
    const int count = SSL_read(tls_, bytes, sizeof bytes);
    if (count <= 0) return false;
    pending_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  SSL_CTX* context_;
  SSL* tls_ = nullptr;
  int fd_ = -1;
  bool connected_ = false;
  std::string pending_;
};

}  // namespace tocsin::test
