#define _POSIX_C_SOURCE 200809L
#include "sdk_client/samples/push_printer.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static const char* priority_text(tocsin_priority priority) {
  switch (priority) {
    case TOCSIN_PRIORITY_LOW:
      return "LOW";
    case TOCSIN_PRIORITY_NORMAL:
      return "NORMAL";
    case TOCSIN_PRIORITY_HIGH:
      return "HIGH";
    case TOCSIN_PRIORITY_ALERT:
      return "ALERT";
  }
  return "UNKNOWN";
}

/* -- Text ------------------------------------------------------------------- */

/* U+0080..U+009F are control characters too: C2 80 .. C2 9F. */
static int is_control(const char* text, size_t size, size_t i) {
  const unsigned char c = (unsigned char)text[i];
  if (c < 0x20 || c == 0x7f) return 1;
  return c == 0xc2 && i + 1 < size && (unsigned char)text[i + 1] < 0xa0;
}

static void print_plain(const char* text, size_t size, const char* indent) {
  size_t i;
  for (i = 0; i < size; ++i) {
    if (text[i] == '\n') {
      printf("\n%s", indent);
    } else if (is_control(text, size, i)) {
      putchar('?');
      if ((unsigned char)text[i] == 0xc2) ++i;
    } else {
      putchar(text[i]);
    }
  }
}

static void print_time(uint64_t wall_ms) {
  const time_t seconds = (time_t)(wall_ms / 1000);
  struct tm local;
  char text[32];
  if (localtime_r(&seconds, &local) == NULL) return;
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  printf("%s.%03u", text, (unsigned)(wall_ms % 1000));
}

static void print_line(const char* text, size_t size) {
  if (size == 0) return;
  printf("  ");
  print_plain(text, size, "  ");
  printf("\n");
}

void push_print_text(const tocsin_push* push) {
  size_t i;
  print_time(push->sent_at_ms);
  printf("  %s  %016" PRIx64 "\n", priority_text(push->priority), push->message_id);
  print_line(push->title, push->title_size);
  print_line(push->body, push->body_size);
  for (i = 0; i < push->data_count; ++i) {
    const char* key;
    const char* value;
    size_t key_size;
    size_t value_size;
    tocsin_push_data(push, i, &key, &key_size, &value, &value_size);
    printf("  ");
    print_plain(key, key_size, "    ");
    printf(" = ");
    print_plain(value, value_size, "    ");
    printf("\n");
  }
  if (push->collapse_key_size > 0) {
    printf("  replaces what has the key ");
    print_plain(push->collapse_key, push->collapse_key_size, "    ");
    printf("\n");
  }
  printf("\n");
  fflush(stdout);
}

void push_print_recall_text(uint64_t message_id) {
  printf("recalled  %016" PRIx64 "\n\n", message_id);
  fflush(stdout);
}

/* -- JSON ------------------------------------------------------------------- */

static void print_json_text(const char* text, size_t size) {
  size_t i;
  putchar('"');
  for (i = 0; i < size; ++i) {
    const unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\') {
      printf("\\%c", c);
    } else if (c < 0x20 || c == 0x7f) {
      printf("\\u%04x", c);
    } else {
      putchar(c);
    }
  }
  putchar('"');
}

void push_print_json(const tocsin_push* push) {
  size_t i;
  printf("{\"messageId\":\"%016" PRIx64 "\",\"priority\":\"%s\"", push->message_id,
         priority_text(push->priority));
  printf(",\"sentAtMs\":%" PRIu64 ",\"expiresAtMs\":%" PRIu64, push->sent_at_ms,
         push->expires_at_ms);
  if (push->collapse_key_size > 0) {
    printf(",\"collapseKey\":");
    print_json_text(push->collapse_key, push->collapse_key_size);
  }
  printf(",\"title\":");
  print_json_text(push->title, push->title_size);
  printf(",\"body\":");
  print_json_text(push->body, push->body_size);
  printf(",\"data\":{");
  for (i = 0; i < push->data_count; ++i) {
    const char* key;
    const char* value;
    size_t key_size;
    size_t value_size;
    tocsin_push_data(push, i, &key, &key_size, &value, &value_size);
    if (i > 0) putchar(',');
    print_json_text(key, key_size);
    putchar(':');
    print_json_text(value, value_size);
  }
  printf("}}\n");
  fflush(stdout);
}

void push_print_recall_json(uint64_t message_id) {
  printf("{\"recalls\":\"%016" PRIx64 "\"}\n", message_id);
  fflush(stdout);
}
