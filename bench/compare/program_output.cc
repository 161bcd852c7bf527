#include "compare/program_output.h"

#include <fmt/format.h>
#include <fstream>
#include <poll.h>

#include "base/clock.h"
#include "drill/child_process.h"
#include "drill/temp_dir.h"

namespace tocsin::compare {
namespace {

constexpr int look_again_ms = 10;

}  // namespace

absl::StatusOr<std::string> output_of(const std::vector<std::string>& command,
                                      const std::string& separator) {
  const absl::StatusOr<drill::TempDir> folder = drill::TempDir::create();
  if (!folder.ok()) return folder.status();
  drill::ChildProcess::Options options;
  options.command = command;
  options.log_file = folder->path() + "/output";
  absl::StatusOr<drill::ChildProcess> child = drill::ChildProcess::start(options);
  if (!child.ok()) return child.status();
  const uint64_t deadline_ms = monotonic_ms() + answer_ms_max;
  while (child->is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, look_again_ms);
  if (!child->end(0)) {
    return absl::UnavailableError(fmt::format("{}: {}", command[0], child->how_it_ended()));
  }
  std::ifstream output(options.log_file);
  std::string joined;
  for (std::string line; std::getline(output, line);) {
    joined += (joined.empty() ? "" : separator) + line;
  }
  return joined;
}

}  // namespace tocsin::compare
