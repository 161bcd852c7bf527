#include "cluster/log_copy.h"

#include <errno.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "cluster/file.h"

namespace tocsin::cluster {
namespace {

absl::Status copy_segment(const LogSegment& segment, bool finished, const std::string& folder) {
  const std::string to =
      fmt::format("{}/{}", folder, std::filesystem::path(segment.path).filename().string());
  // Some file systems have no hard links; the copy reports anything else that may be wrong.
  if (finished && ::link(segment.path.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return copy_file(segment.path, to, segment.bytes);
}

}  // namespace

absl::StatusOr<Position> copy_log(const std::vector<LogSegment>& segments, Position after,
                                  const std::string& folder) {
  TOCSIN_CHECK(!segments.empty());
  if (segments.front().first > after + 1) {
    return absl::OutOfRangeError(
        fmt::format("the log begins at position {}, asked for those after "
                    "{}",
                    segments.front().first, after));
  }
  if (::mkdir(folder.c_str(), 0750) != 0) return failed("create", folder, errno);
  for (const LogSegment& segment : segments) {
    const bool finished = &segment != &segments.back();
    if (finished && segment.last <= after) continue;
    if (auto status = copy_segment(segment, finished, folder); !status.ok()) return status;
  }
  if (auto status = sync_folder(folder); !status.ok()) return status;
  return segments.back().last;
}

}  // namespace tocsin::cluster
