#include "sdk_client/posix/posix_openssl_port.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <poll.h>
#include <time.h>

#include <climits>
#include <openssl/rand.h>

namespace tocsin::sdk_client {
namespace {

PosixOpensslPort& port_of(tocsin_posix* port) { return *reinterpret_cast<PosixOpensslPort*>(port); }
const PosixOpensslPort& port_of(const tocsin_posix* port) {
  return *reinterpret_cast<const PosixOpensslPort*>(port);
}

// Not base/clock.h: this library needs no C++ runtime.
uint64_t monotonic_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

tocsin_status fill_random(void*, uint8_t* bytes, size_t size) {
  return RAND_bytes(bytes, static_cast<int>(size)) == 1 ? TOCSIN_OK : TOCSIN_FAILED;
}

}  // namespace

PosixOpensslPort::PosixOpensslPort() {
  fill_transport();
  fill_store();
}

void PosixOpensslPort::fill_transport() {
  transport_.struct_size = sizeof transport_;
  transport_.context = this;
  transport_.open = [](void* context, uint32_t attempt) {
    auto& self = *static_cast<PosixOpensslPort*>(context);
    return self.connection_.open(self.gateway_of(attempt), monotonic_ms(), self.error_);
  };
  transport_.ready = [](void* context, uint8_t exporter[32]) {
    auto& self = *static_cast<PosixOpensslPort*>(context);
    return self.connection_.ready(monotonic_ms(), exporter, self.error_);
  };
  transport_.receive = [](void* context, uint8_t* bytes, size_t size, size_t* received) {
    auto& self = *static_cast<PosixOpensslPort*>(context);
    return self.connection_.receive({bytes, size}, *received, self.error_);
  };
  transport_.send = [](void* context, const uint8_t* bytes, size_t size, size_t* sent) {
    auto& self = *static_cast<PosixOpensslPort*>(context);
    return self.connection_.send({bytes, size}, *sent, self.error_);
  };
  transport_.close = [](void* context) {
    static_cast<PosixOpensslPort*>(context)->connection_.close();
  };
  transport_.random = fill_random;
  transport_.gateways = [](void* context, const tocsin_text* gateways, size_t count) {
    static_cast<PosixOpensslPort*>(context)->remember_gateways(gateways, count);
  };
}

void PosixOpensslPort::fill_store() {
  store_.struct_size = sizeof store_;
  store_.context = this;
  store_.save = [](void* context, const uint8_t* bytes, size_t size) {
    auto& self = *static_cast<PosixOpensslPort*>(context);
    return self.state_file_.save({bytes, size}, self.error_);
  };
  store_.load = [](void* context, uint8_t* bytes, size_t capacity, size_t* size) {
    auto& self = *static_cast<PosixOpensslPort*>(context);
    return self.state_file_.load({bytes, capacity}, *size, self.error_);
  };
}

tocsin_status PosixOpensslPort::open(const tocsin_posix_options& options) {
  if (options.struct_size < sizeof(tocsin_posix_options) || options.server == nullptr ||
      options.ca_file == nullptr || std::strlen(options.server) >= sizeof server_) {
    error_.set("server or CA file is missing, or the server's name is too long");
    return TOCSIN_INVALID;
  }
  std::strcpy(server_, options.server);
  const tocsin_status trusted = connection_.trust(options.ca_file, error_);
  if (trusted != TOCSIN_OK || options.state_file == nullptr) return trusted;
  return state_file_.open(options.state_file, error_);
}

// The configured server first, and again after every round of the hints.
const char* PosixOpensslPort::gateway_of(uint32_t attempt) const {
  const size_t choice = attempt % (hint_count_ + 1);
  return choice == 0 ? server_ : hints_[choice - 1].data();
}

void PosixOpensslPort::remember_gateways(const tocsin_text* gateways, size_t count) {
  hint_count_ = 0;
  for (size_t i = 0; i < count && hint_count_ < hints_.size(); ++i) {
    Gateway& hint = hints_[hint_count_];
    if (gateways[i].size == 0 || gateways[i].size >= hint.size()) continue;
    std::copy_n(gateways[i].data, gateways[i].size, hint.begin());
    hint[gateways[i].size] = '\0';
    ++hint_count_;
  }
}

tocsin_status PosixOpensslPort::wait(uint32_t wait_ms, int stop_fd) {
  short events = 0;
  const int socket_fd = connection_.fd(events);
  pollfd fds[] = {{stop_fd, POLLIN, 0}, {socket_fd, events, 0}};  // poll() skips negative ones
  const uint64_t now_ms = monotonic_ms();
  const uint64_t deadline_ms = std::max(connection_.deadline_ms(), now_ms);
  const uint64_t timeout_ms =
      std::min({uint64_t{wait_ms}, deadline_ms - now_ms, uint64_t{INT_MAX}});
  if (poll(fds, 2, static_cast<int>(timeout_ms)) < 0 && errno != EINTR) {
    error_.set("poll: %s", std::strerror(errno));
    return TOCSIN_FAILED;
  }
  return fds[0].revents != 0 ? TOCSIN_CLOSED : TOCSIN_OK;
}

tocsin_status PosixOpensslPort::run(tocsin_client* client, int stop_fd) {
  while (true) {
    uint32_t wait_ms = 0;
    // error() reports a state that cannot be saved; receiving goes on.
    tocsin_client_step(client, monotonic_ms(), &wait_ms);
    if (tocsin_client_state(client) == TOCSIN_STATE_CLOSED) return TOCSIN_OK;
    if (tocsin_client_state(client) == TOCSIN_STATE_GIVEN_UP) return TOCSIN_FAILED;
    const tocsin_status waited = wait(wait_ms, stop_fd);
    if (waited == TOCSIN_OK) continue;
    tocsin_client_close(client, monotonic_ms());
    return waited == TOCSIN_CLOSED ? TOCSIN_OK : waited;
  }
}

}  // namespace tocsin::sdk_client

using tocsin::sdk_client::port_of;
using tocsin::sdk_client::PosixOpensslPort;

extern "C" {

tocsin_status tocsin_posix_open(const tocsin_posix_options* options, tocsin_posix** port) {
  if (options == nullptr || port == nullptr) return TOCSIN_INVALID;
  void* const memory = std::malloc(sizeof(PosixOpensslPort));
  *port = static_cast<tocsin_posix*>(memory);
  if (memory == nullptr) return TOCSIN_NO_ROOM;
  return (new (memory) PosixOpensslPort)->open(*options);
}

void tocsin_posix_close(tocsin_posix* port) {
  if (port == nullptr) return;
  port_of(port).~PosixOpensslPort();
  std::free(port);
}

const tocsin_transport* tocsin_posix_transport(tocsin_posix* port) {
  return &port_of(port).transport();
}

const tocsin_store* tocsin_posix_store(tocsin_posix* port) { return port_of(port).store(); }

const char* tocsin_posix_error(const tocsin_posix* port) {
  return port == nullptr ? "out of memory" : port_of(port).error();
}

uint64_t tocsin_posix_now_ms(void) { return tocsin::sdk_client::monotonic_ms(); }

tocsin_status tocsin_posix_run(tocsin_posix* port, tocsin_client* client, int stop_fd) {
  return port_of(port).run(client, stop_fd);
}

tocsin_status tocsin_posix_wait(tocsin_posix* port, uint32_t wait_ms, int stop_fd) {
  return port_of(port).wait(wait_ms, stop_fd);
}

int tocsin_posix_fd(const tocsin_posix* port, short* events) { return port_of(port).fd(*events); }

}  // extern "C"
