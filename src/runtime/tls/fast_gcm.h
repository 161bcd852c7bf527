// A faster AES-128-GCM for the fan-out, from the ipsec-mb library.
//
// A push is one short record under a key that has not been used for minutes, so what counts is
// setting up a key: here that and sealing 150 bytes take a third of the time OpenSSL 3.0 takes
// (decision 0004). The library picks its code for the CPU at run time. wire::TlsEngine::use()
// checks it against OpenSSL before it trusts it; opening records stays with OpenSSL.
//
// Thread: one owner.
#pragma once

#include <memory>

#include "wire/tls_session.h"

namespace tocsin::runtime {

// nullptr when the build has no ipsec-mb or the CPU has no AES instructions.
std::unique_ptr<wire::Aes128GcmSealer> make_fast_gcm();

}  // namespace tocsin::runtime
