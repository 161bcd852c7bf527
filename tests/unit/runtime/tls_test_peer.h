// A stock OpenSSL client over a real socket, and certificates, for tests of our TLS.
//
// Everything that waits does so for at most `patience_ms` and then reports failure.
//
// Thread: one owner.
#pragma once

#include <arpa/inet.h>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/bytes.h"
#include "base/check.h"
#include "runtime/tls/dev_certificates.h"
#include "wire/hello_auth.h"

namespace tocsin::runtime {

inline constexpr int patience_ms = 10'000;

// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-test-XXXXXX").string();
    TOCSIN_CHECK(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One set of certificates for all tests of the program.
inline const DevCertificates& test_certificates() {
  static const TemporaryFolder folder;
  static const DevCertificates certificates = *load_or_make_dev_certificates(folder.path());
  return certificates;
}

// A listening socket on 127.0.0.1, port chosen by the system.
class LoopbackListener {
 public:
  LoopbackListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    TOCSIN_CHECK(bind(fd_, generic, length) == 0 && listen(fd_, 128) == 0);
    TOCSIN_CHECK(getsockname(fd_, generic, &length) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~LoopbackListener() { close(fd_); }
  LoopbackListener(const LoopbackListener&) = delete;
  LoopbackListener& operator=(const LoopbackListener&) = delete;

  // Blocks until somebody connects; gives a non-blocking socket.
  int accept_one() const { return accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }
  int fd() const { return fd_; }
  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

// A blocking socket connected to 127.0.0.1:port whose reads and writes give up after patience_ms.
inline int connect_to_loopback(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  TOCSIN_CHECK(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const timeval patience{patience_ms / 1000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd;
}

struct ClientOptions {
  std::string alpn = "tocsin/1";  // empty: none is offered
  int version_max = TLS1_3_VERSION;
  std::string suites = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
  std::string groups = "X25519:P-256";
  int max_fragment_code = 0;  // TLSEXT_max_fragment_length_*
};

// OpenSSL as a client of a socket.
class OpensslClient {
 public:
  explicit OpensslClient(const ClientOptions& options = {}) : context_(make_context(options)) {
    ssl_ = SSL_new(context_);
    SSL_set_app_data(ssl_, this);
    SSL_set1_host(ssl_, "localhost");
    SSL_set_tlsext_host_name(ssl_, "localhost");
  }
  ~OpensslClient() {
    SSL_SESSION_free(session_);
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (fd_ >= 0) close(fd_);
  }
  OpensslClient(const OpensslClient&) = delete;
  OpensslClient& operator=(const OpensslClient&) = delete;

  // Offer to resume what `earlier` took part in.
  void resume(const OpensslClient& earlier) {
    TOCSIN_CHECK(earlier.session_ != nullptr && SSL_set_session(ssl_, earlier.session_) == 1);
  }

  bool connect(uint16_t port) {
    fd_ = connect_to_loopback(port);
    SSL_set_fd(ssl_, fd_);
    return SSL_connect(ssl_) == 1;
  }

  bool write(std::string_view text) {
    return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) ==
           static_cast<int>(text.size());
  }

  // Exactly `bytes` bytes, or what came before the end.
  std::string read(size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      std::string chunk(bytes - text.size(), '\0');
      const int got = SSL_read(ssl_, chunk.data(), static_cast<int>(chunk.size()));
      if (got <= 0) break;
      text.append(chunk, 0, static_cast<size_t>(got));
    }
    return text;
  }

  // Wait for the end of the connection; whether it was orderly, by close_notify.
  bool read_close() {
    uint8_t byte = 0;
    return SSL_read(ssl_, &byte, 1) == 0 && (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  }

  wire::Exporter exporter() {
    wire::Exporter value{};
    const std::string_view label = wire::exporter_label;
    TOCSIN_CHECK(SSL_export_keying_material(ssl_, value.data(), value.size(), label.data(),
                                            label.size(), nullptr, 0, 0) == 1);
    return value;
  }

  SSL* ssl() { return ssl_; }
  int fd() const { return fd_; }
  bool resumed() { return SSL_session_reused(ssl_) == 1; }
  bool has_session() const { return session_ != nullptr; }
  // The alert the server sent; -1 when none came.
  int alert_received() const { return alert_received_; }
  std::string suite() { return SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_)); }
  // Handshake messages of the server after its Finished, by type.
  int key_updates_received() const { return key_updates_received_; }

 private:
  static SSL_CTX* make_context(const ClientOptions& options) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, options.version_max);
    TOCSIN_CHECK(SSL_CTX_set_ciphersuites(context, options.suites.c_str()) == 1);
    TOCSIN_CHECK(SSL_CTX_set1_groups_list(context, options.groups.c_str()) == 1);
    if (options.max_fragment_code != 0) {
      SSL_CTX_set_tlsext_max_fragment_length(context,
                                             static_cast<uint8_t>(options.max_fragment_code));
    }
    if (!options.alpn.empty()) {
      const std::string list = static_cast<char>(options.alpn.size()) + options.alpn;
      SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(list.data()),
                              static_cast<unsigned>(list.size()));
    }
    TOCSIN_CHECK(
        SSL_CTX_load_verify_locations(context, test_certificates().ca_file.c_str(), nullptr) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context, on_session);
    SSL_CTX_set_info_callback(context, on_info);
    SSL_CTX_set_msg_callback(context, on_message);
    return context;
  }
  static OpensslClient* self(const SSL* ssl) {
    return static_cast<OpensslClient*>(SSL_get_app_data(ssl));
  }
  static int on_session(SSL* ssl, SSL_SESSION* session) {
    SSL_SESSION_free(self(ssl)->session_);
    self(ssl)->session_ = session;
    return 1;
  }
  static void on_info(const SSL* ssl, int where, int value) {
    if (where == SSL_CB_READ_ALERT) self(ssl)->alert_received_ = value & 0xff;
  }
  static void on_message(int write, int, int type, const void* data, size_t length, SSL* ssl,
                         void*) {
    const bool key_update = length > 0 && *static_cast<const uint8_t*>(data) == 24;
    if (!write && type == SSL3_RT_HANDSHAKE && key_update) ++self(ssl)->key_updates_received_;
  }

  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  SSL_SESSION* session_ = nullptr;
  int fd_ = -1;
  int alert_received_ = -1;
  int key_updates_received_ = 0;
};

}  // namespace tocsin::runtime
