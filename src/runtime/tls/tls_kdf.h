// TlsKdf: the key derivation of our TLS 1.3 handshakes, as our own OpenSSL provider.
//
// OpenSSL asks a provider for every secret of a handshake ("TLS13-KDF", two dozen times per
// handshake). Answering that ourselves is how the traffic secrets come out for the compact session:
// libssl's own way, the key log, prints each as text, byte by byte, for 6 % of a handshake. And
// answering with one looked-up SHA-256 is faster than OpenSSL's default, which looks algorithms up
// by name and allocates each time. A wrong derivation cannot go unnoticed: no peer would finish.
//
//   libssl --TLS13-KDF(secret, label, hash)--> TlsKdf --> wire/tls_key_schedule.h
//                                                 `-----> TlsSecrets, for three of the labels
//
// The algorithms live in an OpenSSL library context of their own; everybody else in the process,
// and everything but this one algorithm, has OpenSSL's defaults.
//
// Thread: secrets are caught for the handshake that the calling thread is in.
#pragma once

#include "wire/tls_session.h"

struct ossl_lib_ctx_st;

namespace tocsin::runtime {

// The secrets of one handshake that outlive it. Cleansed on destruction.
struct TlsSecrets {
  TlsSecrets() = default;
  TlsSecrets(const TlsSecrets&) = delete;
  TlsSecrets& operator=(const TlsSecrets&) = delete;
  ~TlsSecrets();  // stops catching

  bool has_client = false;
  bool has_server = false;
  bool has_exporter_master = false;
  wire::TlsSession::TrafficSecret client{};
  wire::TlsSession::TrafficSecret server{};
  wire::TlsSession::TrafficSecret exporter_master{};
};

struct TlsKdf {
  // What to give SSL_CTX_new_ex(): this process's library context that holds the algorithm, made on
  // first use and never freed, and the property query that prefers it.
  static ossl_lib_ctx_st* library();
  static constexpr char properties[] = "?provider=tocsin";

  // From now on this thread's derivations fill `secrets` (null: nothing), until its next call or
  // the end of `secrets`.
  static void catch_into(TlsSecrets* secrets);
};

}  // namespace tocsin::runtime
