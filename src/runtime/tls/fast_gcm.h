// A faster AES-128-GCM for the fan-out, from the ipsec-mb library.
//
// A push is one short record under a key that was not used for minutes, so what counts is to set a
// key up: here that and sealing 150 bytes take a third of what OpenSSL 3.0 takes (decision 0004).
// The library picks its code by the CPU at run time. wire::TlsEngine::use() checks it against
// OpenSSL before it trusts it; opening records stays with OpenSSL.
//
// Thread: one owner.
#pragma once

#include <memory>

#include "wire/tls_session.h"

namespace tocsin::runtime {

// nullptr when the build has no ipsec-mb or the CPU no AES instructions.
std::unique_ptr<wire::Aes128GcmSealer> make_fast_gcm();

}  // namespace tocsin::runtime
