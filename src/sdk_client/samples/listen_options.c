#define _POSIX_C_SOURCE 200809L
#include "sdk_client/samples/listen_options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: tocsin-listen [OPTION]...\n"
    "Be a device: receive pushes and print them.\n"
    "\n"
    "  --server HOST:PORT       the gateway\n"
    "  --ca FILE                PEM file of the authority that signed its certificate\n"
    "  --app NAME               the app\n"
    "  --registration-key HEX   the app's registration key, 64 digits\n"
    "  --state FILE             where this device keeps its identity; made on first start\n"
    "  --tag TAG                put this tag on the device when it registers; repeatable\n"
    "  --alias TEXT             who uses the device: your own user id\n"
    "  --region TEXT            the coarse cell it is in, such as a short geohash\n"
    "  --language TAG           its language, such as ja or pt-BR\n"
    "  --once                   exit after the first push and what came with it\n"
    "  --register-only          register, save the state, print the device id, exit\n"
    "  --json                   one JSON object per line\n"
    "  --profile FILE           take what is missing from FILE: lines of key = \"value\" with the\n"
    "                           keys gateway, ca, app, registration_key, state.\n"
    "                           Default: $TOCSIN_PROFILE, else .tocsin/device.toml if it is there\n"
    "  --config FILE            the same as --profile\n"
    "  --help                   this text\n"
    "\n"
    "Exit status: 0 when done or interrupted, 1 when the server refuses for good or the state\n"
    "cannot be used, 2 for a mistake on the command line or in the profile.\n";

static const char default_profile[] = ".tocsin/device.toml";

enum { exit_mistake = 2 };

/* What may come from the command line or the profile, as text. */
typedef struct texts {
  char registration_key[LISTEN_TEXT_MAX];
  const char* profile;
} texts;

static int fail(const char* format, const char* what) {
  fprintf(stderr, "tocsin-listen: ");
  fprintf(stderr, format, what);
  fprintf(stderr, "\n");
  return exit_mistake;
}

static int keep(char* to, const char* value, const char* name) {
  if (strlen(value) >= LISTEN_TEXT_MAX) return fail("%s is too long", name);
  strcpy(to, value);
  return -1;
}

/* -- Profile ---------------------------------------------------------------- */

static char* trim(char* text) {
  char* end;
  while (isspace((unsigned char)*text)) ++text;
  end = text + strlen(text);
  while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
  return text;
}

/* Where the value of `key` goes; NULL for keys that are not ours. */
static char* place_of(const char* key, listen_options* options, texts* texts) {
  if (strcmp(key, "gateway") == 0) return options->server;
  if (strcmp(key, "ca") == 0) return options->ca;
  if (strcmp(key, "app") == 0) return options->app;
  if (strcmp(key, "registration_key") == 0) return texts->registration_key;
  if (strcmp(key, "state") == 0) return options->state;
  return NULL;
}

/* One line `key = "value"`; what the command line has set stays. */
static int read_profile_line(char* line, listen_options* options, texts* texts) {
  char* const equals = strchr(line, '=');
  char* value;
  char* end;
  char* place;
  line = trim(line);
  if (*line == '\0' || *line == '#' || *line == '[') return -1;
  if (equals == NULL) return exit_mistake;
  *equals = '\0';
  value = trim(equals + 1);
  if (*value != '"') return exit_mistake;
  end = strchr(value + 1, '"');
  if (end == NULL) return exit_mistake;
  *end = '\0';
  place = place_of(trim(line), options, texts);
  if (place == NULL || *place != '\0') return -1;
  return keep(place, value + 1, line);
}

static int read_profile(const char* path, listen_options* options, texts* texts) {
  char line[2 * LISTEN_TEXT_MAX];
  int number = 0;
  FILE* const file = fopen(path, "r");
  if (file == NULL) {
    fprintf(stderr, "tocsin-listen: cannot read the profile %s: %s\n", path, strerror(errno));
    return exit_mistake;
  }
  while (fgets(line, sizeof line, file) != NULL) {
    ++number;
    if (read_profile_line(line, options, texts) >= 0) {
      fprintf(stderr, "tocsin-listen: %s:%d: expected key = \"value\"\n", path, number);
      fclose(file);
      return exit_mistake;
    }
  }
  fclose(file);
  return -1;
}

/* The named profile, or the default one if there is one. */
static int use_profile(listen_options* options, texts* texts) {
  const char* path = texts->profile;
  FILE* file;
  if (path == NULL) path = getenv("TOCSIN_PROFILE");
  if (path != NULL && *path != '\0') return read_profile(path, options, texts);
  file = fopen(default_profile, "r");
  if (file == NULL) return -1;
  fclose(file);
  return read_profile(default_profile, options, texts);
}

/* -- Command line ----------------------------------------------------------- */

static int add_tag(listen_options* options, const char* tag) {
  if (options->tag_count == LISTEN_TAGS_MAX) return fail("more than 64 tags%s", "");
  options->tags[options->tag_count].data = tag;
  options->tags[options->tag_count].size = strlen(tag);
  ++options->tag_count;
  return -1;
}

static int take_option(int option, listen_options* options, texts* texts) {
  switch (option) {
    case 's':
      return keep(options->server, optarg, "--server");
    case 'c':
      return keep(options->ca, optarg, "--ca");
    case 'a':
      return keep(options->app, optarg, "--app");
    case 'k':
      return keep(texts->registration_key, optarg, "--registration-key");
    case 'f':
      return keep(options->state, optarg, "--state");
    case 't':
      return add_tag(options, optarg);
    case 'l':
      options->alias = optarg;
      return -1;
    case 'g':
      options->region = optarg;
      return -1;
    case 'n':
      options->language = optarg;
      return -1;
    case 'p':
      texts->profile = optarg;
      return -1;
    case 'o':
      options->once = 1;
      return -1;
    case 'r':
      options->register_only = 1;
      return -1;
    case 'j':
      options->json = 1;
      return -1;
    case 'h':
      fputs(usage, stdout);
      return 0;
    default:
      return fail("see --help%s", "");
  }
}

static int read_command_line(int argc, char** argv, listen_options* options, texts* texts) {
  static const struct option known[] = {
      {"server", required_argument, NULL, 's'},
      {"ca", required_argument, NULL, 'c'},
      {"app", required_argument, NULL, 'a'},
      {"registration-key", required_argument, NULL, 'k'},
      {"state", required_argument, NULL, 'f'},
      {"tag", required_argument, NULL, 't'},
      {"alias", required_argument, NULL, 'l'},
      {"region", required_argument, NULL, 'g'},
      {"language", required_argument, NULL, 'n'},
      {"profile", required_argument, NULL, 'p'},
      {"config", required_argument, NULL, 'p'},
      {"once", no_argument, NULL, 'o'},
      {"register-only", no_argument, NULL, 'r'},
      {"json", no_argument, NULL, 'j'},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  int option;
  while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
    const int status = take_option(option, options, texts);
    if (status >= 0) return status;
  }
  if (optind < argc) return fail("unexpected argument \"%s\": see --help", argv[optind]);
  return -1;
}

/* -- Together --------------------------------------------------------------- */

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static int read_key(const char* hex, uint8_t key[32]) {
  size_t i;
  if (strlen(hex) != 64) return fail("the registration key must be 64 hexadecimal digits%s", "");
  for (i = 0; i < 32; ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0)
      return fail("the registration key has a character that is not a hexadecimal digit%s", "");
    key[i] = (uint8_t)(high * 16 + low);
  }
  return -1;
}

static int check_complete(const listen_options* options, const texts* texts) {
  static const char missing[] =
      "%s is missing: give it, or a --profile that has it ('./dev up' makes one)";
  if (options->server[0] == '\0') return fail(missing, "--server HOST:PORT");
  if (options->ca[0] == '\0') return fail(missing, "--ca FILE");
  if (options->app[0] == '\0') return fail(missing, "--app NAME");
  if (texts->registration_key[0] == '\0') return fail(missing, "--registration-key HEX");
  if (options->state[0] == '\0') return fail(missing, "--state FILE");
  return -1;
}

int listen_options_read(int argc, char** argv, listen_options* options) {
  texts texts;
  int status;
  memset(options, 0, sizeof *options);
  options->alias = "";
  options->region = "";
  options->language = "";
  memset(&texts, 0, sizeof texts);
  status = read_command_line(argc, argv, options, &texts);
  if (status < 0) status = use_profile(options, &texts);
  if (status < 0) status = check_complete(options, &texts);
  if (status < 0) status = read_key(texts.registration_key, options->registration_key);
  return status;
}
