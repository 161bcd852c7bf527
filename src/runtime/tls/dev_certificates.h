// Certificates for a server that has none: a private CA and a server certificate, made on first
// start, so that a fresh clone speaks real, verified TLS without a single manual step.
//
//   ca.pem      the CA's certificate, 10 years: what a device or a client must trust
//   server.pem  the server's certificate, 2 years, for localhost, 127.0.0.1, ::1 and extra names
//   server.key  its private key, readable by the owner only
//
// Both keys are ECDSA P-256. The CA's key is thrown away after its one signature: nobody can make
// a second certificate in its name. In production an operator replaces the files or names others.
//
// Thread: any, at start-up. Two processes must not make the same folder's files at the same time.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "runtime/tls/handshake_pool.h"

namespace tocsin::runtime {

struct DevCertificates {
  TlsIdentity identity;
  std::string ca_pem;   // for TlsContext::client()
  std::string ca_file;  // where it is, to tell people
  bool made = false;    // now, rather than loaded
};

// Load the three files of `folder`; make them, and the folder, when none of them exists. Files are
// written whole or not at all. `extra_names` are DNS names or IP addresses, used only when making
// them. FAILED_PRECONDITION when some but not all exist: files that exist are never overwritten.
// UNAVAILABLE, naming the file, when reading or writing fails. Otherwise as load_identity().
absl::StatusOr<DevCertificates> load_or_make_dev_certificates(
    const std::string& folder, const std::vector<std::string>& extra_names = {});

// Read a certificate chain (the server's own first) and its key, both PEM. NOT_FOUND or UNAVAILABLE
// naming the file when it cannot be read; INVALID_ARGUMENT naming both when they do not parse or do
// not belong together.
absl::StatusOr<TlsIdentity> load_identity(const std::string& certificate_file,
                                          const std::string& key_file);

}  // namespace tocsin::runtime
