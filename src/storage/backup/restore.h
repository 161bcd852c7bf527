// Restore: turns a backup into a data folder that tocsind starts on.
//
// The backup is checked first and stays as it is; the copies share nothing with it. The data folder
// must be new or empty, so that nothing is ever overwritten. Log and store appear under their names
// only when they are complete; what an interrupted restore left is reported by the next start or
// restore, which refuses it.
//
// Thread: one owner, while no tocsind runs.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "cluster/check_report.h"

namespace tocsin::storage {

// FAILED_PRECONDITION when `data_folder` is not empty; DATA_LOSS when the check of the backup has
// findings, which go to `report`; NOT_FOUND when it is not a backup; RESOURCE_EXHAUSTED: disk full.
absl::Status restore_backup(const std::string& backup_folder, const std::string& data_folder,
                            cluster::CheckReport& report);

}  // namespace tocsin::storage
