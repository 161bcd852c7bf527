// The TLS context of the API: certificate, versions, and ALPN for HTTP/2 and HTTP/1.1.
//
// Thread: make once; the context may be used by all threads.
#pragma once

#include <memory>

#include <absl/status/statusor.h>
#include <openssl/ssl.h>

#include "runtime/tls/handshake_pool.h"

namespace tocsin::runtime {

// INVALID_ARGUMENT when `identity` does not parse, or key and certificate do not match.
absl::StatusOr<std::shared_ptr<SSL_CTX>> make_https_context(const TlsIdentity& identity);

}  // namespace tocsin::runtime
