// The commands, one function each: make the call, write what came of it, return the exit code.
//
// Thread: one owner; they block.
#pragma once

#include "cli/session.h"

namespace tocsin::cli {

int create_app(const Session& session);
int list_apps(const Session& session);
int send(const Session& session);
int report(const Session& session);
int recall(const Session& session);
int why(const Session& session);
int count(const Session& session);
int list_audiences(const Session& session);
int change_audience(const Session& session);
int update_device(const Session& session);
int delete_device(const Session& session);
int delete_user(const Session& session);
int status(const Session& session);
int back_up(const Session& session);

}  // namespace tocsin::cli
