// status, backup: commands about the server itself.
#include <fmt/format.h>
#include <string>

#include <google/protobuf/util/time_util.h>

#include "cli/commands/commands.h"
#include "cli/table.h"
#include "tocsin/v1/admin.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string megabytes(uint64_t bytes) { return fmt::format("{:.1f} MB", bytes / 1048576.0); }

int status(const Session& session) {
  return write_answer<v1::ServerStatus>(
      session, session.api.get("/v1/status"), [](const v1::ServerStatus& status) {
        return table({{"version", status.version()},
                      {"running since", TimeUtil::ToString(status.start_time())},
                      {"connections", fmt::format("{}", status.connections())},
                      {"handshakes in flight", fmt::format("{}", status.handshakes_in_flight())},
                      {"apps", fmt::format("{}", status.apps())},
                      {"devices", fmt::format("{}", status.devices())},
                      {"live casts", fmt::format("{}", status.live_casts())},
                      {"log position", fmt::format("{}", status.log_position())},
                      {"applied position", fmt::format("{}", status.applied_position())},
                      {"memory", megabytes(status.resident_bytes())}});
      });
}

int back_up(const Session& session) {
  return write_answer<v1::Backup>(
      session, session.api.post("/v1/backups", v1::CreateBackupRequest()),
      [](const v1::Backup& backup) {
        return "Backup made on the server.\n\n" +
               table({{"folder", backup.folder()},
                      {"log position", fmt::format("{}", backup.log_position())},
                      {"size", megabytes(backup.bytes())}});
      });
}

}  // namespace

void add_status(CommandLine& line) {
  line.add(line.root(), "status", "Figures of the server (admin key)", KeyOf::admin, status);
}

void add_backup(CommandLine& line) {
  line.add(line.root(), "backup", "Make a backup on the server while it runs (admin key)",
           KeyOf::admin, back_up);
}

}  // namespace tocsin::cli
