/* tocsin_client.h - receive pushes on a device.
 *
 * The library opens no socket, starts no thread, reads no clock and calls no
 * malloc. You lend it memory, a transport, a place to keep 2 KB of state, and
 * call tocsin_client_step(). tocsin_posix.h is a ready transport and store for
 * Linux and other POSIX systems; with it a whole client is ten lines.
 *
 * Conventions
 *   (1) One client belongs to one thread.
 *   (2) Functions return tocsin_status; TOCSIN_OK is 0, failures are negative.
 *   (3) A pointer to bytes is always followed by its length; nothing here is
 *       NUL-terminated unless it says so.
 *   (4) Structs the caller fills start with struct_size = sizeof(the struct)
 *       and grow only at the end.
 *   (5) Pointers given to a callback die when it returns.
 *   (6) Times are milliseconds. now_ms comes from any clock that never steps
 *       back; the same one for all calls.
 *   (7) Callbacks may call every function of the client except tocsin_client_step().
 *
 * Life of a client
 *
 *   waiting -> connecting -> registering (once) -> opening -> live
 *      ^                                                        |
 *      +------------- any trouble, after a back-off ------------+
 *
 *   TOCSIN_STATE_GIVEN_UP  a retry cannot help: see tocsin_client_trouble()
 *   TOCSIN_STATE_CLOSED    after tocsin_client_close()
 */
#ifndef TOCSIN_CLIENT_H_
#define TOCSIN_CLIENT_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sent to the server as the device's SDK version. */
#define TOCSIN_CLIENT_VERSION "0.1.0"

typedef int32_t tocsin_status;

enum {
  TOCSIN_OK = 0,
  TOCSIN_PENDING = -1,       /* transport: not yet, try again later */
  TOCSIN_CLOSED = -2,        /* transport: the peer has ended the connection */
  TOCSIN_FAILED = -3,        /* transport or store: it did not work */
  TOCSIN_NOT_FOUND = -4,     /* store: nothing has been saved; no such data key */
  TOCSIN_INVALID = -5,       /* an argument is not allowed */
  TOCSIN_NO_ROOM = -6,       /* the lent memory or a buffer is too small */
  TOCSIN_NOT_CONNECTED = -7, /* only while live */
  TOCSIN_BUSY = -8,          /* one is under way; try again after its callback */
  TOCSIN_DAMAGED = -9        /* the loaded state is not what was saved */
};

/* NUL-terminated English text of a status, state or trouble; never NULL. */
const char* tocsin_status_text(tocsin_status status);

/* -- What comes in ---------------------------------------------------------- */

typedef enum tocsin_priority {
  TOCSIN_PRIORITY_LOW = 1,
  TOCSIN_PRIORITY_NORMAL = 2,
  TOCSIN_PRIORITY_HIGH = 3,
  TOCSIN_PRIORITY_ALERT = 4
} tocsin_priority;

typedef struct tocsin_push {
  uint64_t message_id; /* never 0; tocsin_client_opened() takes it */
  tocsin_priority priority;
  uint64_t sent_at_ms;    /* wall clock, since 1970 */
  uint64_t expires_at_ms; /* wall clock, since 1970 */
  const char* title;      /* UTF-8, checked */
  size_t title_size;
  const char* body; /* UTF-8, checked */
  size_t body_size;
  size_t data_count;    /* entries for tocsin_push_data() */
  const void* internal; /* the library's */
  /* If not empty: remove what is on the screen under the same key. */
  const char* collapse_key; /* UTF-8, checked; at most 64 bytes */
  size_t collapse_key_size;
} tocsin_push;

/* Entry `index` < data_count of the message's data, in the sender's order.
 * Any of the out pointers may be NULL. TOCSIN_NOT_FOUND beyond the end. */
tocsin_status tocsin_push_data(const tocsin_push* push, size_t index, const char** key,
                               size_t* key_size, const char** value, size_t* value_size);

/* The value of the first entry with this key. TOCSIN_NOT_FOUND without one. */
tocsin_status tocsin_push_find(const tocsin_push* push, const char* key, size_t key_size,
                               const char** value, size_t* value_size);

typedef enum tocsin_state {
  TOCSIN_STATE_IDLE = 0, /* tocsin_client_step() has not been called */
  TOCSIN_STATE_WAITING = 1,
  TOCSIN_STATE_CONNECTING = 2,
  TOCSIN_STATE_REGISTERING = 3,
  TOCSIN_STATE_OPENING = 4,
  TOCSIN_STATE_LIVE = 5,
  TOCSIN_STATE_GIVEN_UP = 6,
  TOCSIN_STATE_CLOSED = 7
} tocsin_state;

/* Why the last connection ended or failed. */
typedef enum tocsin_trouble {
  TOCSIN_TROUBLE_NONE = 0,
  TOCSIN_TROUBLE_UNREACHABLE = 1,      /* no connection: name, network, TLS, certificate */
  TOCSIN_TROUBLE_LOST = 2,             /* the connection ended without notice */
  TOCSIN_TROUBLE_NO_ANSWER = 3,        /* the server did not answer in time */
  TOCSIN_TROUBLE_BAD_SERVER = 4,       /* it did not speak this protocol */
  TOCSIN_TROUBLE_GOING_AWAY = 5,       /* the gateway is being drained */
  TOCSIN_TROUBLE_REPLACED = 6,         /* another device connected with this identity */
  TOCSIN_TROUBLE_SLOW = 7,             /* this device did not read */
  TOCSIN_TROUBLE_IDLE = 8,             /* the gateway missed a heartbeat */
  TOCSIN_TROUBLE_UNKNOWN_APP = 9,      /* final: app name or registration key is wrong */
  TOCSIN_TROUBLE_UNAUTHENTICATED = 10, /* will register again */
  TOCSIN_TROUBLE_EXPIRED = 11,         /* will register again */
  TOCSIN_TROUBLE_UNKNOWN_DEVICE = 12,  /* will register again */
  TOCSIN_TROUBLE_BAD_ARGUMENT = 13,    /* a tag or another value is not allowed */
  TOCSIN_TROUBLE_UNAVAILABLE = 14,     /* the server asked to come back later */
  TOCSIN_TROUBLE_TOO_MANY_REQUESTS = 15,
  TOCSIN_TROUBLE_REFUSED = 16,
  TOCSIN_TROUBLE_TOO_LARGE = 17 /* final: the tags do not fit in send_bytes */
} tocsin_trouble;

const char* tocsin_state_text(tocsin_state state);
const char* tocsin_trouble_text(tocsin_trouble trouble);

/* -- What you lend ---------------------------------------------------------- */

typedef struct tocsin_client tocsin_client;

typedef struct tocsin_text {
  const char* data;
  size_t size;
} tocsin_text;

/* How bytes travel: TCP with TLS 1.3, ALPN "tocsin/1", the server's certificate
 * and name checked. No function may block. */
typedef struct tocsin_transport {
  size_t struct_size;
  void* context;
  /* Begin to connect, after closing any earlier connection. `attempt` is 0 for
  * the usual gateway; higher after failures, when another may be tried.
  * TOCSIN_OK when begun. */
  tocsin_status (*open)(void* context, uint32_t attempt);
  /* Continue to connect. TOCSIN_OK once TLS is up: `exporter` is then its keying
   * material exporter (RFC 8446 section 7.5), label "EXPORTER-tocsin-hello",
   * no context, 32 bytes. TOCSIN_PENDING, or TOCSIN_FAILED. */
  tocsin_status (*ready)(void* context, uint8_t exporter[32]);
  /* Read what has come. TOCSIN_OK with *received > 0, TOCSIN_PENDING,
   * TOCSIN_CLOSED or TOCSIN_FAILED. */
  tocsin_status (*receive)(void* context, uint8_t* bytes, size_t size, size_t* received);
  /* Send as many of the first bytes as possible. TOCSIN_OK with *sent > 0,
  * TOCSIN_PENDING or TOCSIN_FAILED. After TOCSIN_PENDING, call step again once
  * the transport is writable. */
  tocsin_status (*send)(void* context, const uint8_t* bytes, size_t size, size_t* sent);
  /* End the connection, if there is one. */
  void (*close)(void* context);
  /* Fill with bytes fit for secrets. TOCSIN_OK or TOCSIN_FAILED. */
  tocsin_status (*random)(void* context, uint8_t* bytes, size_t size);
  /* May be NULL: the server names other gateways, "host:port", at most 4. */
  void (*gateways)(void* context, const tocsin_text* gateways, size_t count);
} tocsin_transport;

/* Where the state survives a restart: identity and duplicate window, one blob
 * of at most tocsin_state_bytes_max(). It contains a secret: keep others out. */
typedef struct tocsin_store {
  size_t struct_size;
  void* context;
  /* Replace what was saved, all or nothing. Called once at registration and
   * before each acknowledgement. */
  tocsin_status (*save)(void* context, const uint8_t* bytes, size_t size);
  /* TOCSIN_OK, TOCSIN_NOT_FOUND, TOCSIN_NO_ROOM or TOCSIN_FAILED. */
  tocsin_status (*load)(void* context, uint8_t* bytes, size_t capacity, size_t* size);
} tocsin_store;

/* Your callbacks; each may be NULL except on_push. */
typedef struct tocsin_handlers {
  size_t struct_size;
  void* context;
  /* A message, once. It is acknowledged after this returns. */
  void (*on_push)(void* context, tocsin_client* client, const tocsin_push* push);
  /* State or trouble changed. `text`: the server's words, maybe empty. */
  void (*on_state)(void* context, tocsin_client* client, tocsin_state state, tocsin_trouble trouble,
                   const char* text, size_t text_size);
  /* The change of tags or of an attribute was confirmed as durable (1), or must be
  * repeated (0). */
  void (*on_updated)(void* context, tocsin_client* client, int confirmed);
  /* The message with this id is withdrawn: take it off the screen if it is there.
   * It may never have come; then it will not be shown. */
  void (*on_recall)(void* context, tocsin_client* client, uint64_t message_id);
} tocsin_handlers;

/* All of it, and all it points to, stays yours and must outlive the client. */
typedef struct tocsin_config {
  size_t struct_size;
  const char* app; /* name of the app */
  size_t app_size;
  const uint8_t* registration_key; /* 32 bytes, shipped in the app */
  size_t registration_key_size;
  const char* platform; /* "linux", "android", ...; at most 32 bytes */
  size_t platform_size;
  const char* app_version; /* at most 32 bytes */
  size_t app_version_size;
  const tocsin_text* tags; /* sent at registration; at most 64 of 64 bytes */
  size_t tag_count;
  uint32_t heartbeat_s;      /* requested; 0: the server's choice */
  uint32_t duplicate_window; /* messages remembered, 32..4096; 0: 256 */
  uint32_t send_bytes;       /* send buffer; 0: enough for the tags above. More is
                                needed only to change many tags at once: about
                                66 bytes per tag */
  const tocsin_transport* transport;
  const tocsin_store* store; /* NULL: register anew on every start (tests only) */
  const tocsin_handlers* handlers;
  /* Attributes, by which senders choose devices. They and app_version are sent at
   * registration, and again after a restart when they have changed. NULL: not
   * sent; so leave out what you set with tocsin_client_set_attribute(). */
  const char* alias; /* who uses the device: your own user id; at most 64 bytes */
  size_t alias_size;
  const char* region; /* text of a coarse cell, like "wx4g0"; at most 20 bytes */
  size_t region_size;
  const char* language; /* BCP 47: "ja", "pt-BR"; at most 64 bytes */
  size_t language_size;
  const char* time_zone; /* IANA: "Asia/Tokyo"; at most 64 bytes */
  size_t time_zone_size;
} tocsin_config;

/* -- The client ------------------------------------------------------------- */

/* How much memory a client with this config needs: about 14 KB by default, of
 * which 8 KB are one receive buffer. 0 when the config is not valid. */
size_t tocsin_client_memory_bytes(const tocsin_config* config);

/* The largest blob that a store gets with this config. */
size_t tocsin_state_bytes_max(const tocsin_config* config);

/* Make a client in `memory`, aligned as malloc aligns, and load its state.
 * There is no counterpart: after tocsin_client_close() just take the memory
 * back. TOCSIN_INVALID, TOCSIN_NO_ROOM; TOCSIN_FAILED when the store or the
 * random source fails; TOCSIN_DAMAGED when the saved state is not ours: remove
 * it and call again to register as a new device. */
tocsin_status tocsin_client_init(void* memory, size_t memory_size, const tocsin_config* config,
                                 tocsin_client** client);

/* Do all work possible at `now_ms` without blocking. *wait_ms says how long you
 * may sleep unless the transport turns readable, or writable while sending is
 * TOCSIN_PENDING. The first call starts the client. TOCSIN_OK; TOCSIN_FAILED
 * when the state could not be saved: the client goes on, but may show a message
 * twice or become another device after a restart. */
tocsin_status tocsin_client_step(tocsin_client* client, uint64_t now_ms, uint32_t* wait_ms);

/* The user opened this message. Kept until the next session when offline;
 * TOCSIN_BUSY when 8 are already kept. */
tocsin_status tocsin_client_opened(tocsin_client* client, uint64_t now_ms, uint64_t message_id);

/* Change the device's tags, 1..64 bytes of [A-Za-z0-9_.:-] each, 64 per call;
 * on_updated says how it ended. TOCSIN_NOT_CONNECTED unless live, TOCSIN_BUSY
 * until the last change has ended, TOCSIN_NO_ROOM, TOCSIN_INVALID. */
tocsin_status tocsin_client_add_tags(tocsin_client* client, uint64_t now_ms,
                                     const tocsin_text* tags, size_t count);
tocsin_status tocsin_client_remove_tags(tocsin_client* client, uint64_t now_ms,
                                        const tocsin_text* tags, size_t count);

typedef enum tocsin_attribute {
  TOCSIN_ATTRIBUTE_ALIAS = 1,
  TOCSIN_ATTRIBUTE_REGION = 2,
  TOCSIN_ATTRIBUTE_LANGUAGE = 3,
  TOCSIN_ATTRIBUTE_TIME_ZONE = 4
} tocsin_attribute;

/* Change one attribute, UTF-8 of at most as many bytes as in tocsin_config; with
* `size` 0 it is removed. Kept by the server; ends and fails like a change of
* tags. For the alias after a login, or the region when the device has moved. */
tocsin_status tocsin_client_set_attribute(tocsin_client* client, uint64_t now_ms,
                                          tocsin_attribute attribute, const char* text,
                                          size_t size);

enum {
  TOCSIN_CONDITION_UNMETERED = 1, /* the network is not billed by volume */
  TOCSIN_CONDITION_CHARGING = 2
};

/* The conditions that this device meets now, as bits; none at first. Messages
* that were sent for a condition wait on the server until it is met. Call it on
* every change: it costs 4 bytes, and no answer. TOCSIN_INVALID for other bits,
* TOCSIN_BUSY when the send buffer is full: call it again. */
tocsin_status tocsin_client_set_conditions(tocsin_client* client, uint64_t now_ms,
                                           uint32_t conditions);

/* The radio is awake: a heartbeat that is nearly due is sent now, almost free. */
void tocsin_client_radio_active(tocsin_client* client, uint64_t now_ms);
/* Another network: connect at once, or find out whether the connection works. */
void tocsin_client_network_changed(tocsin_client* client, uint64_t now_ms);

/* Acknowledge what is left, as far as it can be sent at once, and end. */
void tocsin_client_close(tocsin_client* client, uint64_t now_ms);
/* Start again after tocsin_client_close() or TOCSIN_STATE_GIVEN_UP. */
void tocsin_client_restart(tocsin_client* client, uint64_t now_ms);

tocsin_state tocsin_client_state(const tocsin_client* client);
tocsin_trouble tocsin_client_trouble(const tocsin_client* client);
/* The id under which senders know this device. TOCSIN_NOT_FOUND before it has
 * registered. */
tocsin_status tocsin_client_device_id(const tocsin_client* client, uint8_t device_id[16]);

#ifdef __cplusplus
}
#endif

#endif
