// HttpAcceptor: where connections to the API come in: listeners, limits per address, and the TLS
// handshakes on a thread of their own.
//
// An accept costs the shard a few microseconds; at most a few are taken per event, and none while
// descriptors have run out.
//
// Thread: its shard, but for bind(), before start().
// Bound: HttpServerOptions; limits::http_handshakes_max handshakes under way, of which the one that
// has made no step for longest makes room for a new one, and as many sockets that wait for it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "runtime/http_server/address_slot.h"
#include "runtime/http_server/byte_stream.h"
#include "runtime/http_server/http_connection.h"
#include "runtime/http_server/http_server.h"
#include "runtime/http_server/https_context.h"
#include "runtime/metrics.h"
#include "runtime/net/address_limiter.h"
#include "runtime/net/listener.h"
#include "runtime/shard.h"
#include "runtime/tls/handshake_threads.h"

namespace tocsin::runtime {

class HttpAcceptor final : public std::enable_shared_from_this<HttpAcceptor> {
 public:
  // Takes a connection that is ready to speak HTTP. Called on any thread.
  using Give = std::function<void(std::unique_ptr<ByteStream>, HttpProtocol, AddressSlot)>;

  HttpAcceptor(std::shared_ptr<Shard> shard, const HttpServerOptions& options,
               std::shared_ptr<SSL_CTX> context, Give give);
  HttpAcceptor(const HttpAcceptor&) = delete;
  HttpAcceptor& operator=(const HttpAcceptor&) = delete;

  absl::StatusOr<uint16_t> bind(const std::string& address, bool plain);
  void start();
  // Close the listeners and drop the handshakes under way.
  void stop();

 private:
  struct Door {
    Listener listener;
    bool plain;
  };

  void watch(Door& door);
  void accept_some(Door& door);
  // Without a descriptor the listener would be readable for ever.
  void rest(Door& door);
  void take(Listener::Accepted accepted, bool plain);

  const std::shared_ptr<Shard> shard_;
  const std::shared_ptr<SSL_CTX> context_;
  const Give give_;
  const std::shared_ptr<AddressLimiter> limiter_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::unique_ptr<HandshakeThreads> handshakes_;
  Counter refused_connections_;
  Counter refused_handshakes_;
  Counter refused_busy_;
  Counter shed_;
};

}  // namespace tocsin::runtime
