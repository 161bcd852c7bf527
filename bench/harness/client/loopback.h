// Sockets on 127.0.0.1, where all that is measured takes place.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>

#include <absl/status/statusor.h>

#include "runtime/tls/tls_context.h"

namespace tocsin::bench {

// 127.0.0.<host>, in the byte order of the wire.
sockaddr_in loopback(uint16_t port, uint32_t host = 1);

// For runtime::Listener, on a port that the system chooses.
inline constexpr char free_loopback_port[] = "127.0.0.1:0";
// A TCP socket that is connected (or, with SOCK_NONBLOCK in `flags`, about to be) to that port; from
// 127.0.0.<source>, when that is not 0.
absl::StatusOr<int> connect_to_loopback(uint16_t port, int flags = 0, uint32_t source = 0);

// The client's side of TLS over a socket that blocks: the name of the suite. The session is
// forgotten. UNAVAILABLE when it does not come about.
absl::StatusOr<std::string> shake_hands(const runtime::TlsContext& context, int fd);

// A port that is free now, and that the system will not give to anybody soon.
absl::StatusOr<uint16_t> free_port();

}  // namespace tocsin::bench
