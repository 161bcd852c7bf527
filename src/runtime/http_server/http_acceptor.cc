#include "runtime/http_server/http_acceptor.h"

#include <cerrno>
#include <random>
#include <utility>

#include "base/clock.h"
#include "runtime/http_server/https_handshake.h"

namespace tocsin::runtime {
namespace {

using Verdict = AddressLimiter::Verdict;

constexpr int accepts_per_event = 16;
constexpr uint32_t rest_ms = 100;

uint64_t random_seed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

HandshakeThreadsOptions handshake_options() {
  return {.threads = 1,
          .in_flight_max = limits::http_handshakes_max,
          .deadline_ms = limits::http_handshake_ms_max,
          .shed_longest_waiting = true};
}

// "127.0.0.1:80", "[::1]:0": nobody else can connect there.
bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address.starts_with("[::1]:") ||
         address.starts_with("localhost:");
}

Counter refused(const char* why) {
  return counter("tocsin_api_connections_refused_total",
                 "Connections to the API closed unserved, by the limit that they were over",
                 {{"limit", why}});
}

}  // namespace

HttpAcceptor::HttpAcceptor(std::shared_ptr<Shard> shard, const HttpServerOptions& options,
                           std::shared_ptr<SSL_CTX> context, Give give)
    : shard_(std::move(shard)),
      context_(std::move(context)),
      give_(std::move(give)),
      limiter_(std::make_shared<AddressLimiter>(
          AddressLimiter::Limits{.connections_max = options.address_connections_max,
                                 .handshakes_per_s = options.address_handshakes_per_s},
          random_seed())),
      handshakes_(std::make_unique<HandshakeThreads>(handshake_options())),
      refused_connections_(refused("connections")),
      refused_handshakes_(refused("handshakes")),
      refused_busy_(refused("handshakes_waiting")),
      shed_(counter("tocsin_api_handshakes_shed_total",
                    "TLS handshakes of API clients ended to make room: they had made no step for "
                    "longest")) {}

absl::StatusOr<uint16_t> HttpAcceptor::bind(const std::string& address, bool plain) {
  if (plain && !is_loopback(address)) {
    return absl::InvalidArgumentError(
        "plain HTTP is for this machine only: listen on 127.0.0.1 or [::1]");
  }
  auto listener = Listener::open(address);
  if (!listener.ok()) return listener.status();
  doors_.push_back(std::make_unique<Door>(Door{*std::move(listener), plain}));
  return doors_.back()->listener.port();
}

void HttpAcceptor::start() {
  for (const auto& door : doors_) watch(*door);
}

void HttpAcceptor::stop() {
  for (const auto& door : doors_) shard_->unwatch(door->listener.fd());
  doors_.clear();
  handshakes_.reset();
}

void HttpAcceptor::watch(Door& door) {
  shard_->watch_readable(door.listener.fd(), [this, &door] { accept_some(door); });
}

void HttpAcceptor::accept_some(Door& door) {
  for (int i = 0; i < accepts_per_event; ++i) {
    errno = 0;
    const auto accepted = door.listener.accept();
    if (accepted.fd >= 0) {
      take(accepted, door.plain);
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) rest(door);
    return;
  }
}

void HttpAcceptor::rest(Door& door) {
  shard_->unwatch(door.listener.fd());
  shard_->after(rest_ms, [weak = weak_from_this(), &door] {
    const auto self = weak.lock();
    if (self && !self->doors_.empty()) self->watch(door);
  });
}

void HttpAcceptor::take(Listener::Accepted accepted, bool plain) {
  Socket socket(accepted.fd);
  const auto admission = limiter_->admit(accepted.peer, monotonic_ms());
  if (admission.verdict == Verdict::too_many_connections) return refused_connections_.add();
  if (admission.verdict == Verdict::too_many_handshakes) return refused_handshakes_.add();
  AddressSlot slot(limiter_, Mailbox(shard_), admission.entry);
  if (plain) {
    return give_(make_plain_stream(std::move(socket)), HttpProtocol::by_preface, std::move(slot));
  }
  std::unique_ptr<Handshake> handshake = std::make_unique<HttpsHandshake>(
      std::move(socket), context_,
      [give = give_, shed = shed_,
       slot = std::move(slot)](absl::StatusOr<HttpsStream> done) mutable {
        if (absl::IsResourceExhausted(done.status())) shed.add();
        if (!done.ok()) return;
        const auto protocol = done->speaks_http2 ? HttpProtocol::http2 : HttpProtocol::http1;
        give(std::move(done->stream), protocol, std::move(slot));
      });
  if (!handshakes_->submit(handshake)) refused_busy_.add();
}

}  // namespace tocsin::runtime
