// LogCopy: the files of a log as they are now, in another folder, while the log goes on.
//
// A finished file is never written again, so a hard link is a copy of it; of the last file, the
// durable part is copied.
//
// Thread: any, while nobody removes the files.
// Bound: the log's own size.
#pragma once

#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "cluster/log_folder.h"

namespace tocsin::cluster {

// Copy those of `segments` (in order, not empty) that are needed after `after` into the new
// `folder`, and make them durable; returns the last position in it. The last file is always
// included, because it tells where the log ends. OUT_OF_RANGE when the segments leave a gap after
// `after`.
absl::StatusOr<Position> copy_log(const std::vector<LogSegment>& segments, Position after,
                                  const std::string& folder);

}  // namespace tocsin::cluster
