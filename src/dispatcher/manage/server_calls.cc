#include "dispatcher/manage/server_calls.h"

#include <ctime>
#include <fmt/format.h>

#include "base/clock.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "runtime/metrics.h"

namespace tocsin::dispatcher {
namespace {

constexpr uint64_t memory_ms_max = 1000;

// 20261122T104500.123Z: sorts by time, and has only characters that file names may have.
std::string backup_name(uint64_t now_ms) {
  const auto now_s = static_cast<time_t>(now_ms / 1000);
  std::tm utc{};
  gmtime_r(&now_s, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now_ms % 1000);
}

// For the operator, so unlike errors for senders it names files.
absl::Status no_backup(const absl::Status& status) {
  return absl::Status(status.code(),
                      fmt::format("the backup was not made: {}", std::string(status.message())));
}

}  // namespace

ServerCalls::ServerCalls(const Options& options, Services services)
    : options_(options), services_(std::move(services)), started_at_ms_(wall_ms()) {}

void ServerCalls::back_up(Reply reply) {
  const uint64_t now_ms = wall_ms();
  internal::BackupQuestion question;
  question.set_folder(fmt::format("{}/{}", options_.backups_folder, backup_name(now_ms)));
  services_.storage.ask(std::move(question), [now_ms, reply = std::move(reply)](auto made) {
    if (!made.ok()) return reply.fail(no_backup(made.status()));
    v1::Backup backup;
    backup.set_folder(made->folder());
    json::set_time(*backup.mutable_create_time(), now_ms);
    backup.set_log_position(made->last());
    backup.set_bytes(made->bytes());
    reply.send(std::move(backup));
  });
}

uint64_t ServerCalls::resident_bytes() {
  const uint64_t now_ms = monotonic_ms();
  if (looked_at_ms_ == 0 || now_ms - looked_at_ms_ >= memory_ms_max) {
    resident_bytes_ = runtime::resident_bytes();
    looked_at_ms_ = now_ms;
  }
  return resident_bytes_;
}

v1::ServerStatus ServerCalls::status_of(const cluster::StorageCounts& counts) {
  const LiveCounts live = options_.live ? options_.live() : LiveCounts{};
  v1::ServerStatus status;
  status.set_version(options_.version);
  json::set_time(*status.mutable_start_time(), started_at_ms_);
  status.set_connections(live.connections);
  status.set_handshakes_in_flight(live.handshakes_in_flight);
  status.set_apps(counts.apps());
  status.set_devices(counts.devices());
  status.set_live_casts(counts.live_casts());
  status.set_log_position(services_.log.last());
  status.set_applied_position(counts.applied());
  status.set_resident_bytes(resident_bytes());
  return status;
}

void ServerCalls::status(Reply reply) {
  if (counts_.applied() == services_.log.last()) return reply.send(status_of(counts_));
  services_.storage.ask(internal::CountsQuestion(),
                        services_.mailbox.wrap([this, reply = std::move(reply)](auto counts) {
                          if (!counts.ok())
                            return reply.fail(unread("the status", counts.status()));
                          counts_ = *counts;
                          reply.send(status_of(counts_));
                        }));
}

}  // namespace tocsin::dispatcher
