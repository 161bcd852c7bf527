// TlsConnection: one non-blocking TCP + TLS 1.3 connection to a gateway, reopened as often as
// asked.
//
//     closed --open--> resolving, then per address: tcp --> handshake --> up
//        ^                                           \---------\--------- failed: next address
//        +-- close
//
// Each address of a name gets address_ms, so that a dead IPv6 route does not use up the whole
// deadline. The last session ticket is kept and tried again for the same gateway: a resumed
// handshake moves a fifth of the bytes.
//
// Thread: one owner.
// Bound: one socket; the OS bounds the address list.
#pragma once

#include <cstdint>
#include <netdb.h>

#include <openssl/ssl.h>

#include "base/bytes.h"
#include "sdk_client/include/tocsin_client.h"
#include "sdk_client/posix/error_text.h"

namespace tocsin::sdk_client {

class TlsConnection {
 public:
  TlsConnection() = default;
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  // Trust the authorities in this PEM file and no others. Called once, before the rest.
  // TOCSIN_FAILED when it cannot be read.
  tocsin_status trust(const char* ca_file, ErrorText& error);

  // Begin to connect to "host:port". TOCSIN_INVALID, TOCSIN_FAILED. Looks a name up, which blocks.
  tocsin_status open(const char* gateway, uint64_t now_ms, ErrorText& error);
  // As tocsin_transport::ready.
  tocsin_status ready(uint64_t now_ms, uint8_t exporter[32], ErrorText& error);
  tocsin_status receive(MutableBytes bytes, size_t& received, ErrorText& error);
  tocsin_status send(ByteView bytes, size_t& sent, ErrorText& error);
  void close();

  // What poll(2) should wait for; -1 when closed.
  int fd(short& events) const;
  // When ready() must be called even if the socket is silent; UINT64_MAX if never.
  uint64_t deadline_ms() const;

  static constexpr size_t gateway_bytes_max = 256;

 private:
  static constexpr uint64_t address_ms = 5000;
  enum class Step : uint8_t { closed, tcp, handshake, up };

  static int keep_session(SSL* ssl, SSL_SESSION* session);
  bool split_gateway(const char* gateway);
  void try_addresses(uint64_t now_ms, ErrorText& error);
  bool try_address(const addrinfo& address);
  bool begin_tls(ErrorText& error);
  tocsin_status next_address(uint64_t now_ms, ErrorText& error);
  tocsin_status finish_tls(uint8_t exporter[32], ErrorText& error);
  tocsin_status pending_or_failed(int result, const char* doing, ErrorText& error);
  void drop_socket();
  void drop_session();

  SSL_CTX* context_ = nullptr;
  BIO_METHOD* bio_method_ = nullptr;
  SSL* ssl_ = nullptr;
  SSL_SESSION* session_ = nullptr;
  addrinfo* addresses_ = nullptr;
  const addrinfo* address_ = nullptr;  // the one being tried
  uint64_t address_deadline_ms_ = 0;
  int fd_ = -1;
  Step step_ = Step::closed;
  bool wants_write_ = false;
  bool host_is_address_ = false;
  char gateway_[gateway_bytes_max] = "";  // of session_ and of this connection
  char host_[gateway_bytes_max] = "";
  char port_[8] = "";
};

}  // namespace tocsin::sdk_client
