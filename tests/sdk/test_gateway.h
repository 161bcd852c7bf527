// TestGateway: a real TLS 1.3 server on 127.0.0.1 whose every word the test chooses.
//
// Stock OpenSSL over real sockets, so that the SDK is measured against TLS as others speak it. The
// protocol is the test's business: a Connection reads and writes frames.
//
// Thread: the test's; every wait is bounded by wait_ms_max.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "base/bytes.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/hello_auth.h"

namespace tocsin::sdk {

class TestGateway {
 public:
  static constexpr int wait_ms_max = 10'000;

  struct Options {
    std::string alpn = "tocsin/1";
    std::string names = "DNS:localhost,IP:127.0.0.1";  // as in openssl's subjectAltName
  };

  class Connection {
   public:
    Connection(SSL* ssl, int fd, std::shared_ptr<BIO_METHOD> bio_method)
        : bio_method_(std::move(bio_method)), ssl_(ssl), fd_(fd) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    struct Frame {
      wire::FrameType type;
      Bytes body;
    };
    // The next frame; nullopt when the device ended the connection or nothing came in time.
    std::optional<Frame> read();
    // The next frame's body if it is a `type`, after failing the test otherwise.
    Bytes expect(wire::FrameType type);
    template <typename Message>
    void say(const Message& message) {
      Bytes bytes;
      wire::append_message(message, bytes);
      send(bytes);
    }
    void send(ByteView bytes);
    // Cut the connection without a TLS goodbye.
    void cut();

    bool resumed() const { return SSL_session_reused(ssl_) == 1; }
    wire::Exporter exporter() const;

   private:
    bool read_more();

    std::shared_ptr<BIO_METHOD> bio_method_;
    SSL* ssl_;
    int fd_;
    Bytes unread_;
    bool preface_read_ = false;
  };

  explicit TestGateway(const Options& options);
  TestGateway() : TestGateway(Options{}) {}
  ~TestGateway();
  TestGateway(const TestGateway&) = delete;
  TestGateway& operator=(const TestGateway&) = delete;

  uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::string& ca_pem() const { return ca_pem_; }

  // The next connection, its TLS handshake done. nullptr when none came or the handshake failed.
  std::unique_ptr<Connection> accept();
  // Accept, register and welcome a device that knows nothing, or welcome one that does.
  std::unique_ptr<Connection> accept_live();

  static constexpr AppId app{7};
  static wire::Secret master();

 private:
  Options options_;
  SSL_CTX* context_ = nullptr;
  std::shared_ptr<BIO_METHOD> bio_method_;  // no SIGPIPE from our end either
  int listen_fd_ = -1;
  uint16_t port_ = 0;
  std::string ca_pem_;
};

}  // namespace tocsin::sdk
