// The commands, one function each: make the call, write what came of it, return the exit code.
//
// Thread: one owner; they block.
#pragma once

#include "cli/session.h"

namespace tocsin::cli {

int create_app(const Session& session);
int list_apps(const Session& session);
int show_app(const Session& session);
int set_app(const Session& session);
int create_key(const Session& session);
int list_keys(const Session& session);
int rotate_key(const Session& session);
int revoke_key(const Session& session);
int show_webhook(const Session& session);
int test_webhook(const Session& session);
int list_dead_letters(const Session& session);
int retry_dead_letters(const Session& session);
int delete_dead_letter(const Session& session);
int send(const Session& session);
int send_batches(const Session& session);
int list_messages(const Session& session);
int report(const Session& session);
int watch(const Session& session);
int show_totals(const Session& session);
int show_series(const Session& session);
int recall(const Session& session);
int stop(const Session& session);
int why(const Session& session);
int list_schedules(const Session& session);
int show_schedule(const Session& session);
int move_schedule(const Session& session);
int delete_schedule(const Session& session);
int count(const Session& session);
int list_audiences(const Session& session);
int change_audience(const Session& session);
int delete_audience(const Session& session);
int show_device(const Session& session);
int list_devices(const Session& session);
int update_device(const Session& session);
int delete_device(const Session& session);
int delete_user(const Session& session);
int status(const Session& session);
int back_up(const Session& session);

}  // namespace tocsin::cli
