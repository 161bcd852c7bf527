#include "storage/check/store_check.h"

#include <fmt/format.h>

#include "cluster/log_folder.h"
#include "storage/check/collapse_check.h"
#include "storage/check/detail_check.h"
#include "storage/check/device_check.h"
#include "storage/check/idempotency_check.h"
#include "storage/check/inbox_check.h"
#include "storage/check/message_check.h"
#include "storage/check/meta_check.h"
#include "storage/check/ordinal_check.h"
#include "storage/check/schedule_check.h"
#include "storage/check/set_check.h"
#include "storage/check/webhook_check.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

void check_record(const cluster::LogRecordView& record, cluster::CheckReport& report) {
  internal::Record parsed;
  if (parsed.ParseFromArray(record.bytes.data(), static_cast<int>(record.bytes.size())) &&
      parsed.kind_case() != internal::Record::KIND_NOT_SET) {
    return;
  }
  report.finding(fmt::format("log record {} is not a record this tocsind knows", record.position),
                 "use the version that wrote it, or a newer one");
}

// The log holds everything from the beginning, so the store can be rebuilt from it.
bool is_complete(const cluster::LogSummary& log) { return log.first == 1; }

std::string advice_for(const cluster::LogSummary& log, const std::string& store_folder) {
  return is_complete(log)
             ? fmt::format(
                   "the log has its first record: remove the folder {}, and the next start "
                   "builds it again",
                   store_folder)
             : std::string("restore the newest backup that passes this check");
}

void check_positions(const cluster::LogSummary& log, cluster::Position stored,
                     cluster::CheckReport& report) {
  const std::string reaches = fmt::format("the log has positions {} to {}, the store is at {}",
                                          log.first, log.last, stored);
  constexpr char advice[] =
      "tocsind does not start on them: put back the log and the store that belong together, or "
      "restore a backup";
  if (log.last < stored && !log.damaged) report.finding(reaches + ", beyond its end", advice);
  if (log.first > stored + 1) report.finding(reaches + ", before its beginning", advice);
}

void check_rows(StoreUnderCheck& checked) {
  if (const auto status = checked.store().verify_checksums(); !status.ok()) {
    checked.finding(std::string(status.message()));
  }
  DerivedSets derived;
  check_meta(checked);
  check_devices(checked, derived);
  check_ordinals(checked);
  check_messages(checked);
  check_sets(checked, derived);
  check_inbox(checked);
  check_collapse(checked);
  check_idempotency(checked);
  check_schedules(checked);
  check_details(checked);
  check_webhooks(checked);
}

}  // namespace

absl::StatusOr<CheckSummary> check_data(const std::string& log_folder,
                                        const std::string& store_folder,
                                        cluster::CheckReport& report) {
  const auto folder = cluster::LogFolder::open_existing(log_folder);
  if (!folder.ok()) return folder.status();
  const auto log = cluster::check_log(
      *folder, [&](const auto& record) { check_record(record, report); }, report);
  if (!log.ok()) return log.status();
  CheckSummary summary;
  summary.log = *log;
  const auto store = Store::open_read_only(store_folder);
  if (absl::IsNotFound(store.status()) && is_complete(*log)) {
    report.note(fmt::format("there is no store in {}; the next start builds it from the log",
                            store_folder));
    return summary;
  }
  if (absl::IsNotFound(store.status()) || absl::IsDataLoss(store.status())) {
    report.finding(std::string(store.status().message()), advice_for(*log, store_folder));
    return summary;
  }
  if (!store.ok()) return store.status();
  summary.position = (*store)->state().position;
  check_positions(*log, summary.position, report);
  StoreUnderCheck checked(**store, report, advice_for(*log, store_folder));
  check_rows(checked);
  summary.rows = checked.known.rows;
  summary.devices = checked.known.devices;
  summary.messages = checked.known.messages;
  return summary;
}

}  // namespace tocsin::storage
