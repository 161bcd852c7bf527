#include "gateway/admission.h"

#include <random>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "runtime/log.h"

namespace tocsin::gateway {
namespace {

using Limit = runtime::AddressLimiter::Verdict;

// What a socket's buffer can hold before anyone has read from it.
constexpr size_t discard_bytes = 64 * 1024;

uint32_t share_of(uint32_t limit, uint32_t shards) { return limit / shards + (limit % shards > 0); }

uint64_t random_seed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

// Closing with unread bytes would be a reset; without them, the peer sees an orderly end.
void close_unserved(int fd) {
  recv(fd, nullptr, discard_bytes, MSG_TRUNC | MSG_DONTWAIT);
  close(fd);
}

}  // namespace

Admission::Admission(const Options& options)
    : options_(options),
      limiter_({.connections_max = share_of(options.connections_per_address_max, options.shards),
                .handshakes_per_s = share_of(options.handshakes_per_address_per_s, options.shards)},
               random_seed()),
      limited_(runtime::counter("tocsin_connections_limited_total",
                                "Connections closed unserved because their address was over a "
                                "limit")) {}

std::optional<uint32_t> Admission::admit(const runtime::Listener::Accepted& connection) {
  if (!limiter_.is_on()) return runtime::AddressLimiter::no_entry;
  const uint64_t now_ms = monotonic_ms();
  const runtime::AddressLimiter::Admission admission = limiter_.admit(connection.peer, now_ms);
  if (admission.verdict == Limit::admitted) return admission.entry;
  close_unserved(connection.fd);
  limited_.add();
  report(connection.peer, admission.verdict, now_ms);
  return std::nullopt;
}

// A flood must not become a flood of log lines.
void Admission::report(runtime::ClientAddress peer, Limit verdict, uint64_t now_ms) {
  ++unreported_;
  if (now_ms < silent_until_ms_) return;
  const bool connections = verdict == Limit::too_many_connections;
  runtime::log_warning(
      "gateway: {} connections refused; last from {}, over {} = {}: raise it if many devices share "
      "this address",
      unreported_, peer.text(),
      connections ? "gateway_connections_per_address_max" : "gateway_handshakes_per_address_per_s",
      connections ? options_.connections_per_address_max : options_.handshakes_per_address_per_s);
  unreported_ = 0;
  silent_until_ms_ = now_ms + limits::refused_address_log_ms;
}

}  // namespace tocsin::gateway
