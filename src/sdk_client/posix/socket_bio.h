// A socket as an OpenSSL BIO that never raises SIGPIPE.
//
// OpenSSL's own socket BIO writes with write(2), which kills a process that does not handle SIGPIPE
// when the peer is gone; a library must not make its user care.
//
// Thread: the BIO belongs to its SSL, the method to whoever made it.
#pragma once

#include <openssl/bio.h>

namespace tocsin::sdk_client {

// The caller frees it with BIO_meth_free(), after its last BIO. nullptr without memory.
BIO_METHOD* new_socket_bio_method();

// A BIO on the non-blocking socket `fd`, which it does not close. nullptr without memory.
BIO* new_socket_bio(const BIO_METHOD* method, int fd);

}  // namespace tocsin::sdk_client
