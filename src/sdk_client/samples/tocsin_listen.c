/* tocsin-listen: a device for the terminal, and an example of a client in C.
 *
 * Pushes go to standard output; what happens to the connection goes to standard
 * error. See --help.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tocsin_client.h>
#include <tocsin_posix.h>
#include <unistd.h>

#include "sdk_client/samples/listen_options.h"
#include "sdk_client/samples/push_printer.h"

typedef struct listener {
  listen_options options;
  tocsin_posix* port;
  int registered; /* has been live in this run */
} listener;

/* SIGINT and SIGTERM write a byte here; the run loop watches the other end. */
static int stop_pipe[2];

static void on_signal(int number) {
  const int saved_errno = errno;
  const char byte = (char)number;
  if (write(stop_pipe[1], &byte, 1) < 0) _exit(1);
  errno = saved_errno;
}

static int watch_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  return pipe(stop_pipe) == 0 && fcntl(stop_pipe[1], F_SETFL, O_NONBLOCK) == 0 &&
         sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

/* -- What the library reports ----------------------------------------------- */

static void on_push(void* context, tocsin_client* client, const tocsin_push* push) {
  const listener* self = context;
  if (self->options.json) {
    push_print_json(push);
  } else {
    push_print_text(push);
  }
  if (self->options.once) tocsin_client_close(client, tocsin_posix_now_ms());
}

static void on_recall(void* context, tocsin_client* client, uint64_t message_id) {
  const listener* self = context;
  (void)client;
  if (self->options.json) {
    push_print_recall_json(message_id);
  } else {
    push_print_recall_text(message_id);
  }
}

static void print_device_id(const tocsin_client* client, FILE* to) {
  uint8_t id[16];
  size_t i;
  if (tocsin_client_device_id(client, id) != TOCSIN_OK) return;
  for (i = 0; i < sizeof id; ++i) fprintf(to, "%02x", id[i]);
}

static void on_live(listener* self, tocsin_client* client) {
  self->registered = 1;
  if (self->options.register_only) {
    print_device_id(client, stdout);
    printf("\n");
    tocsin_client_close(client, tocsin_posix_now_ms());
    return;
  }
  fprintf(stderr, "listening at %s as device ", self->options.server);
  print_device_id(client, stderr);
  fprintf(stderr, "\n");
}

static const char* hint_for(tocsin_trouble trouble) {
  switch (trouble) {
    case TOCSIN_TROUBLE_UNKNOWN_APP:
      return "check --app and --registration-key";
    case TOCSIN_TROUBLE_REPLACED:
      return "does another program use this state file's copy?";
    case TOCSIN_TROUBLE_BAD_ARGUMENT:
      return "check --tag, letters, digits and _ . : - only; and --alias, --region, --language";
    case TOCSIN_TROUBLE_BAD_SERVER:
      return "is --server the gateway's port for devices?";
    default:
      return "";
  }
}

static void on_state(void* context, tocsin_client* client, tocsin_state state,
                     tocsin_trouble trouble, const char* text, size_t text_size) {
  listener* self = context;
  const char* const hint = hint_for(trouble);
  const char* const detail = tocsin_posix_error(self->port);
  if (state == TOCSIN_STATE_LIVE) on_live(self, client);
  if (state != TOCSIN_STATE_WAITING && state != TOCSIN_STATE_GIVEN_UP) return;
  if (trouble == TOCSIN_TROUBLE_NONE) return;
  fprintf(stderr, "tocsin-listen: %s", tocsin_trouble_text(trouble));
  if (trouble == TOCSIN_TROUBLE_UNREACHABLE && *detail != '\0') fprintf(stderr, ": %s", detail);
  if (text_size > 0) fprintf(stderr, ": \"%.*s\"", (int)text_size, text);
  if (*hint != '\0') fprintf(stderr, "; %s", hint);
  fprintf(stderr, "%s\n", state == TOCSIN_STATE_WAITING ? "; trying again" : "");
}

/* -- Putting it together ---------------------------------------------------- */

static int open_port(listener* self) {
  tocsin_posix_options options;
  options.struct_size = sizeof options;
  options.server = self->options.server;
  options.ca_file = self->options.ca;
  options.state_file = self->options.state;
  if (tocsin_posix_open(&options, &self->port) == TOCSIN_OK) return 1;
  fprintf(stderr, "tocsin-listen: %s\n", tocsin_posix_error(self->port));
  return 0;
}

static void fill_config(listener* self, const tocsin_handlers* handlers, tocsin_config* config) {
  static const char platform[] = "linux";
  static const char version[] = "tocsin-listen";
  memset(config, 0, sizeof *config);
  config->struct_size = sizeof *config;
  config->app = self->options.app;
  config->app_size = strlen(self->options.app);
  config->registration_key = self->options.registration_key;
  config->registration_key_size = sizeof self->options.registration_key;
  config->platform = platform;
  config->platform_size = sizeof platform - 1;
  config->app_version = version;
  config->app_version_size = sizeof version - 1;
  config->tags = self->options.tags;
  config->tag_count = self->options.tag_count;
  config->alias = self->options.alias;
  config->alias_size = strlen(self->options.alias);
  config->region = self->options.region;
  config->region_size = strlen(self->options.region);
  config->language = self->options.language;
  config->language_size = strlen(self->options.language);
  config->transport = tocsin_posix_transport(self->port);
  config->store = tocsin_posix_store(self->port);
  config->handlers = handlers;
}

static tocsin_client* make_client(listener* self, const tocsin_config* config, void** memory) {
  const size_t size = tocsin_client_memory_bytes(config);
  tocsin_client* client = NULL;
  tocsin_status status;
  if (size == 0) {
    fprintf(stderr,
            "tocsin-listen: the app name, a tag or an attribute is not allowed: see --help\n");
    return NULL;
  }
  *memory = malloc(size);
  status = tocsin_client_init(*memory, size, config, &client);
  if (status == TOCSIN_OK) return client;
  if (status == TOCSIN_DAMAGED) {
    fprintf(stderr, "tocsin-listen: the state file %s is damaged; remove it to register again\n",
            self->options.state);
  } else {
    fprintf(stderr, "tocsin-listen: %s: %s\n", tocsin_status_text(status),
            tocsin_posix_error(self->port));
  }
  return NULL;
}

static int listen_until_stopped(listener* self) {
  tocsin_handlers handlers;
  tocsin_config config;
  tocsin_client* client;
  void* memory = NULL;
  int exit_status = 1;
  memset(&handlers, 0, sizeof handlers);
  handlers.struct_size = sizeof handlers;
  handlers.context = self;
  handlers.on_push = on_push;
  handlers.on_state = on_state;
  handlers.on_recall = on_recall;
  fill_config(self, &handlers, &config);
  client = make_client(self, &config, &memory);
  if (client != NULL && tocsin_posix_run(self->port, client, stop_pipe[0]) == TOCSIN_OK) {
    exit_status = self->options.register_only && !self->registered;
  }
  free(memory);
  return exit_status;
}

int main(int argc, char** argv) {
  static listener self;
  int exit_status = listen_options_read(argc, argv, &self.options);
  if (exit_status >= 0) return exit_status;
  if (!watch_signals()) {
    perror("tocsin-listen: signals");
    return 1;
  }
  exit_status = open_port(&self) ? listen_until_stopped(&self) : 1;
  tocsin_posix_close(self.port);
  return exit_status;
}
