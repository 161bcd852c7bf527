// The command line as a value: what `tocsin` was asked to do.
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/console.h"

namespace tocsin::cli {

enum class Command {
  none,
  app_create,
  app_list,
  app_show,
  app_set,
  key_create,
  key_list,
  key_rotate,
  key_revoke,
  webhook_show,
  webhook_test,
  dead_letter_list,
  dead_letter_retry,
  dead_letter_delete,
  send,
  batch,
  messages,
  report,
  watch,
  totals,
  series,
  recall,
  stop,
  why,
  schedule_list,
  schedule_show,
  schedule_move,
  schedule_delete,
  count,
  audience_list,
  audience_change,
  audience_delete,
  device_show,
  device_list,
  device_update,
  device_delete,
  user_delete,
  status,
  backup,
  completion
};

// What a notification has besides title and body; those that were given.
struct Presentation {
  std::string image;
  std::string click_action;
  std::optional<uint32_t> badge;
  std::string sound;
  std::string channel;
  std::string title_loc_key;
  std::vector<std::string> title_loc_args;
  std::string body_loc_key;
  std::vector<std::string> body_loc_args;
};

// When, how fast and to which devices at a time a message goes; those that were given.
struct Pace {
  std::string window;       // "09:00-21:00"
  std::string quiet_hours;  // the same
  std::string local_time;   // "2026-12-24T09:00"
  bool if_unmetered = false;
  bool if_charging = false;
  std::optional<uint32_t> per_s;
  std::optional<uint64_t> over_s;
  std::optional<double> canary_percent;
  std::optional<uint64_t> canary_watch_s;
  std::optional<uint32_t> canary_delivered_percent;
  bool ignore_frequency_cap = false;
  // What devices of a platform get instead, in JSON, by platform.
  std::vector<std::pair<std::string, std::string>> overrides;
};

// app set: those that were given.
struct SettingChanges {
  std::optional<uint32_t> sends_per_s;
  std::optional<uint32_t> send_burst;
  std::optional<uint32_t> payload_bytes_max;
  std::optional<uint32_t> live_casts_max;
  std::optional<bool> everyone_needs_release;
  std::optional<uint32_t> messages_per_device_per_day;
  std::optional<std::string> webhook_url;
  std::optional<std::string> webhook_secret;
};

struct Arguments {
  Command command = Command::none;
  // Where to and with what; empty: from the profile.
  std::string profile;
  std::string server;
  std::string ca;
  std::string key;
  bool json = false;
  // app NAME; of the others --app
  std::string app;
  SettingChanges settings;
  // key
  std::string key_id;
  std::vector<std::string> scopes;
  std::optional<uint64_t> lifetime_s;
  std::optional<uint64_t> overlap_s;
  // webhook
  std::vector<std::string> dead_letters;
  // send
  std::vector<std::string> devices;
  std::string tag;
  std::string alias;     // also of a device, of a user
  std::string audience;  // an expression, or with `audience` the name of one
  std::string exclude;
  std::string collapse_key;
  bool everyone = false;
  std::string title;
  std::string body;
  std::vector<std::pair<std::string, std::string>> data;
  std::string ttl;  // as protobuf's JSON has it, "3600s"; "" for the server's default
  std::string priority;
  Presentation presentation;
  Pace pace;
  bool dry_run = false;
  std::string idempotency_key;
  std::string at;     // when to send, as parse_send_time() takes it; also of schedule move
  std::string label;  // also of messages, of a key
  std::string group;  // also of messages
  std::string release;
  std::string to_file;  // of device ids; "-" is standard input
  bool wait = false;
  uint64_t wait_s_max = 30;
  // batch: "-" is standard input
  std::string file;
  // messages
  uint32_t limit = 20;
  // report, recall, stop, why, schedule
  std::string message;
  bool watch = false;  // also of send
  // totals, series: as parse_past_time() takes them
  std::string from;
  std::string until;
  bool hourly = false;
  // recall
  bool notify = false;
  // audience, device: ids or tags
  std::vector<std::string> add;
  std::vector<std::string> remove;
  bool clear = false;
  // device list
  bool all = false;
  // device update: those that were given
  std::map<std::string, std::string> attributes;
};

// Parse `words` (without the program's name) into `arguments`. ExitCode::ok to go on; with
// command == none then, --help was asked for and given. ExitCode::usage with the reason written to
// `console.err`.
int parse_arguments(const std::vector<std::string>& words, Console console, Arguments& arguments);

}  // namespace tocsin::cli
