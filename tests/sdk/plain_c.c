/* Compiles as C99, links without a C++ runtime, and runs: a client against nobody. Every function
 * of the two headers is named, so that every one must link. Exit status 0 when all is as it should
 * be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tocsin_client.h>
#include <tocsin_posix.h>

static void on_push(void* context, tocsin_client* client, const tocsin_push* push) {
  const char* text = NULL;
  size_t size = 0;
  (void)context;
  (void)tocsin_push_data(push, 0, &text, &size, NULL, NULL);
  (void)tocsin_push_find(push, "key", 3, &text, &size);
  (void)tocsin_client_opened(client, 0, push->message_id);
}

static void on_recall(void* context, tocsin_client* client, uint64_t message_id) {
  (void)context;
  (void)client;
  (void)message_id;
}

static tocsin_status refuse_to_open(void* context, uint32_t attempt) {
  (void)context;
  (void)attempt;
  return TOCSIN_FAILED;
}
static tocsin_status never_ready(void* context, uint8_t exporter[32]) {
  (void)context;
  (void)exporter;
  return TOCSIN_FAILED;
}
static tocsin_status nothing_received(void* context, uint8_t* bytes, size_t size,
                                      size_t* received) {
  (void)context;
  (void)bytes;
  (void)size;
  *received = 0;
  return TOCSIN_FAILED;
}
static tocsin_status nothing_sent(void* context, const uint8_t* bytes, size_t size, size_t* sent) {
  (void)context;
  (void)bytes;
  (void)size;
  *sent = 0;
  return TOCSIN_FAILED;
}
static void nothing_to_close(void* context) { (void)context; }
static tocsin_status not_so_random(void* context, uint8_t* bytes, size_t size) {
  (void)context;
  memset(bytes, 7, size);
  return TOCSIN_OK;
}

static int check(int condition, const char* what) {
  if (!condition) fprintf(stderr, "failed: %s\n", what);
  return condition ? 0 : 1;
}

static int use_client(tocsin_client* client) {
  uint8_t device_id[16];
  uint32_t wait_ms = 0;
  tocsin_text tag;
  int failures = 0;
  tag.data = "tag";
  tag.size = 3;
  failures += check(tocsin_client_state(client) == TOCSIN_STATE_IDLE, "starts idle");
  failures += check(tocsin_client_step(client, 1000, &wait_ms) == TOCSIN_OK, "step");
  failures += check(tocsin_client_state(client) == TOCSIN_STATE_WAITING, "waits after a failure");
  failures += check(tocsin_client_trouble(client) == TOCSIN_TROUBLE_UNREACHABLE, "says why");
  failures += check(wait_ms <= 1000, "the first back-off is at most a second");
  failures += check(tocsin_client_device_id(client, device_id) == TOCSIN_NOT_FOUND, "no id yet");
  failures += check(tocsin_client_add_tags(client, 1000, &tag, 1) == TOCSIN_NOT_CONNECTED, "add");
  failures +=
      check(tocsin_client_remove_tags(client, 1000, &tag, 1) == TOCSIN_NOT_CONNECTED, "remove");
  failures += check(tocsin_client_set_attribute(client, 1000, TOCSIN_ATTRIBUTE_ALIAS, "u-1", 3) ==
                        TOCSIN_NOT_CONNECTED,
                    "attribute");
  tocsin_client_radio_active(client, 1000);
  tocsin_client_network_changed(client, 1000);
  tocsin_client_close(client, 1000);
  failures += check(tocsin_client_state(client) == TOCSIN_STATE_CLOSED, "closes");
  tocsin_client_restart(client, 1000);
  failures += check(tocsin_client_state(client) == TOCSIN_STATE_WAITING, "restarts");
  return failures;
}

static int use_core(void) {
  static const uint8_t key[32] = {1};
  tocsin_transport transport;
  tocsin_handlers handlers;
  tocsin_config config;
  tocsin_client* client = NULL;
  void* memory;
  size_t size;
  int failures = 0;
  memset(&transport, 0, sizeof transport);
  transport.struct_size = sizeof transport;
  transport.open = refuse_to_open;
  transport.ready = never_ready;
  transport.receive = nothing_received;
  transport.send = nothing_sent;
  transport.close = nothing_to_close;
  transport.random = not_so_random;
  memset(&handlers, 0, sizeof handlers);
  handlers.struct_size = sizeof handlers;
  handlers.on_push = on_push;
  handlers.on_recall = on_recall;
  memset(&config, 0, sizeof config);
  config.struct_size = sizeof config;
  config.app = "demo";
  config.app_size = 4;
  config.registration_key = key;
  config.registration_key_size = sizeof key;
  config.transport = &transport;
  config.handlers = &handlers;
  config.language = "pt-BR";
  config.language_size = 5;
  size = tocsin_client_memory_bytes(&config);
  failures += check(size > 8192 && size < 16384, "a default client fits in 16 KB");
  failures += check(tocsin_state_bytes_max(&config) < 4096, "and its state in 4 KB");
  memory = malloc(size);
  failures += check(tocsin_client_init(memory, size, &config, &client) == TOCSIN_OK, "init");
  if (client != NULL) failures += use_client(client);
  free(memory);
  return failures;
}

static int use_port(void) {
  tocsin_posix_options options;
  tocsin_posix* port = NULL;
  tocsin_status (*volatile run)(tocsin_posix*, tocsin_client*, int) = tocsin_posix_run;
  short events = 0;
  int failures = 0;
  options.struct_size = sizeof options;
  options.server = "localhost:1";
  options.ca_file = "/nonexistent";
  options.state_file = NULL;
  failures += check(tocsin_posix_open(&options, &port) == TOCSIN_FAILED, "no such CA file");
  failures += check(strstr(tocsin_posix_error(port), "/nonexistent") != NULL, "which it names");
  failures += check(tocsin_posix_transport(port) != NULL, "transport");
  failures += check(tocsin_posix_store(port) == NULL, "no store without a file");
  failures += check(tocsin_posix_fd(port, &events) == -1, "no socket yet");
  failures += check(tocsin_posix_wait(port, 0, -1) == TOCSIN_OK, "waits for nothing");
  failures += check(tocsin_posix_now_ms() > 0, "clock");
  failures += check(run != NULL, "run");
  tocsin_posix_close(port);
  return failures;
}

int main(void) {
  int failures = use_core() + use_port();
  failures += check(sizeof TOCSIN_CLIENT_VERSION > 1, "version");
  failures += check(strcmp(tocsin_status_text(TOCSIN_OK), "ok") == 0, "status text");
  failures += check(strcmp(tocsin_state_text(TOCSIN_STATE_LIVE), "live") == 0, "state text");
  failures += check(strcmp(tocsin_trouble_text(TOCSIN_TROUBLE_NONE), "none") == 0, "trouble text");
  return failures == 0 ? 0 : 1;
}
