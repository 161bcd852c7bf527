/* The options of tocsin-listen: command line over profile file over defaults. */
#ifndef TOCSIN_LISTEN_OPTIONS_H_
#define TOCSIN_LISTEN_OPTIONS_H_

#include <stddef.h>
#include <stdint.h>
#include <tocsin_client.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LISTEN_TEXT_MAX = 1024, LISTEN_TAGS_MAX = 64 };

typedef struct listen_options {
  char server[LISTEN_TEXT_MAX];
  char ca[LISTEN_TEXT_MAX];
  char app[LISTEN_TEXT_MAX];
  char state[LISTEN_TEXT_MAX];
  uint8_t registration_key[32];
  tocsin_text tags[LISTEN_TAGS_MAX]; /* point into argv, as the texts below */
  size_t tag_count;
  const char* alias;
  const char* region;
  const char* language;
  int once;
  int register_only;
  int json;
} listen_options;

/* Fill `options`, or print what is wrong. -1 to go on; otherwise the exit
 * status: 0 after --help, 2 after a mistake. */
int listen_options_read(int argc, char** argv, listen_options* options);

#ifdef __cplusplus
}
#endif

#endif
