// The TLS context of an HTTPS server: TLS 1.2 and 1.3, ALPN http/1.1, as little memory as possible
// per connection.
//
// Thread: made once, then read-only.
#pragma once

#include <memory>

#include <absl/status/statusor.h>

#include "runtime/tls/handshake_pool.h"

namespace tocsin::runtime {

// INVALID_ARGUMENT when the identity does not parse or key and certificate do not match. The result
// points at a boost::asio::ssl::context, which stays hidden as in Shard::asio_context().
absl::StatusOr<std::shared_ptr<void>> make_https_context(const TlsIdentity& identity);

}  // namespace tocsin::runtime
