// Offline: what tocsind can do with its data instead of serving: check it, restore it.
//
// Thread: the main thread.
#pragma once

#include "server/config.h"

namespace tocsin::server {

// Findings, notes and a summary go to standard output, progress to standard error. Exit status 0:
// no findings; 1: there are findings; 2: the data cannot be checked.
int check_store(const Config& config);

// Exit status 0: restored; 1: the backup has findings; 2: it cannot be restored.
int restore_backup(const Config& config);

}  // namespace tocsin::server
