#include <filesystem>
#include <fmt/format.h>
#include <fstream>

#include "cli/batch.h"
#include "cli/commands.h"

namespace tocsin::cli {

int send_batches(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  Batch batch(session, *key);
  const std::string& name = session.arguments.file;
  if (name == "-") return batch.run(session.console.in);
  std::ifstream file(name, std::ios::binary);
  std::error_code ignored;
  if (!file.is_open() || std::filesystem::is_directory(name, ignored)) {
    return wrong_usage(session.console, absl::NotFoundError(fmt::format("cannot read {}", name)));
  }
  return batch.run(file);
}

}  // namespace tocsin::cli
