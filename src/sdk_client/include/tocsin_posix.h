/* tocsin_posix.h - transport, store and run loop for POSIX systems with OpenSSL 3.
 *
 *   tocsin_posix_options options = {sizeof options, "push.example.com:7443", "ca.pem", "state"};
 *   tocsin_posix* port;
 *   if (tocsin_posix_open(&options, &port) != TOCSIN_OK) ...
 *   config.transport = tocsin_posix_transport(port);
 *   config.store = tocsin_posix_store(port);
 *   ... tocsin_client_init(memory, size, &config, &client) ...
 *   tocsin_posix_run(port, client, -1);
 *
 * TCP over IPv4 and IPv6, TLS 1.3 with the server's name checked against the
 * authorities of one file, session resumption within the process. One port
 * serves one client and belongs to its thread. It uses malloc, and blocks in
 * only one place: getaddrinfo() looks up host *names*. It changes no signal
 * disposition and never raises SIGPIPE.
 *
 * Strings here are NUL-terminated: they come from argv and go to open(2).
 */
#ifndef TOCSIN_POSIX_H_
#define TOCSIN_POSIX_H_

#include <tocsin_client.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tocsin_posix tocsin_posix;

typedef struct tocsin_posix_options {
  size_t struct_size;
  const char* server;     /* "host:port"; an IPv6 address in brackets */
  const char* ca_file;    /* PEM: the only authorities that are trusted */
  const char* state_file; /* kept 0600 and replaced by rename; NULL: no store */
} tocsin_posix_options;

/* The strings are copied. TOCSIN_INVALID, TOCSIN_NO_ROOM without memory,
 * TOCSIN_FAILED. *port is set even on TOCSIN_INVALID and TOCSIN_FAILED, so that
 * tocsin_posix_error() can say why; close it in any case. */
tocsin_status tocsin_posix_open(const tocsin_posix_options* options, tocsin_posix** port);
void tocsin_posix_close(tocsin_posix* port); /* NULL is allowed */

const tocsin_transport* tocsin_posix_transport(tocsin_posix* port);
/* NULL without a state file. While the port is open, no other port can use the
 * same state file: two copies of one device would throw each other out. */
const tocsin_store* tocsin_posix_store(tocsin_posix* port);

/* What went wrong last, for people; "" when nothing has. Valid until the next
 * call with this port. */
const char* tocsin_posix_error(const tocsin_posix* port);

/* Milliseconds of the monotonic clock. */
uint64_t tocsin_posix_now_ms(void);

/* Step and sleep until `stop_fd` turns readable (-1: never) or a callback
 * called tocsin_client_close(): the client is closed, TOCSIN_OK. TOCSIN_FAILED
 * when the client has given up. */
tocsin_status tocsin_posix_run(tocsin_posix* port, tocsin_client* client, int stop_fd);

/* For a loop of your own: sleep at most `wait_ms` until step has work or
 * `stop_fd` (or -1) is readable. TOCSIN_CLOSED when stop_fd is. */
tocsin_status tocsin_posix_wait(tocsin_posix* port, uint32_t wait_ms, int stop_fd);

/* The same for a loop that polls by itself: the socket and the poll(2) events
 * it waits for, or -1. Ask again after each step. */
int tocsin_posix_fd(const tocsin_posix* port, short* events);

#ifdef __cplusplus
}
#endif

#endif
