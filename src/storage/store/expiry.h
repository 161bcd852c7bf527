// When something is no longer worth sending, counting or keeping.
//
// Two clocks. What is *offered* and how the books are worded follows the wall clock of the reader
// (is_worth_sending). What *counts*, and what may be deleted, follows log time: the time written in
// the last record applied. Storage state is a function of the log alone, so two replicas, or one
// before and after a crash, must agree on whether a late acknowledgement still counts, whatever
// their clocks say and however far their compactions have got.
//
//   accepted ---------- expires ---- + late_ack: acks of inbox rows stop counting
//                                         + late_ack again: the row may be deleted
//                       expires ------------- + retention: report ends; + late_ack: row deleted
//
// A row is deleted a further late_ack_ms_max after it stopped counting, so that the clocks of two
// dispatchers may differ by that much.
//
// Thread: LogTime is written by the storage thread and read by RocksDB's compaction threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/limits.h"
#include "storage/store/activity_step.h"

namespace tocsin::storage {

// Unless the operator says otherwise.
inline constexpr uint64_t report_retention_ms = uint64_t{limits::report_retention_s_default} * 1000;

// Not expired, and not "now or never".
inline bool is_worth_sending(uint64_t accepted_at_ms, uint64_t expires_at_ms, uint64_t now_ms) {
  return now_ms < expires_at_ms && expires_at_ms != accepted_at_ms;
}

inline bool inbox_ack_counts(uint64_t expires_at_ms, uint64_t log_time_ms) {
  return expires_at_ms + limits::late_ack_ms_max >= log_time_ms;
}

inline constexpr uint64_t day_ms = 86'400'000;
inline uint32_t day_of(uint64_t wall_ms) { return static_cast<uint32_t>(wall_ms / day_ms); }

// When the ordinal of a deleted device may be given out again: no message that can mention it is
// then alive.
inline uint64_t ordinal_free_after_ms(uint64_t log_time_ms) {
  return log_time_ms + uint64_t{limits::ttl_s_max} * 1000 + 2 * limits::late_ack_ms_max;
}

// The time of the last record applied, and how long reports are kept after expiry.
class LogTime {
 public:
  void set(uint64_t ms) { ms_.store(ms, std::memory_order_relaxed); }
  uint64_t ms() const { return ms_.load(std::memory_order_relaxed); }
  // For deleting: never ahead of this machine's clock, so that one record with a wrong time cannot
  // empty the store.
  uint64_t for_deletion_ms() const { return std::min(ms(), wall_ms()); }

  void set_retention(uint64_t ms) { retention_ms_.store(ms, std::memory_order_relaxed); }
  uint64_t retention_ms() const { return retention_ms_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> retention_ms_{report_retention_ms};
  std::atomic<uint64_t> ms_{0};
};

inline bool report_exists(uint64_t expires_at_ms, uint64_t time_ms, const LogTime& time) {
  return expires_at_ms + time.retention_ms() >= time_ms;
}

inline bool inbox_row_may_go(uint64_t expires_at_ms, const LogTime& time) {
  return expires_at_ms + 2 * limits::late_ack_ms_max < time.for_deletion_ms();
}

// The message's row, and the sets of its books.
inline bool report_may_go(uint64_t expires_at_ms, const LogTime& time) {
  return !report_exists(expires_at_ms + limits::late_ack_ms_max, time.for_deletion_ms(), time);
}

// Whether a compaction may have deleted a row of that report from an offline store, although the
// store's own log time says it may not: compactions go by the time of the last record applied, a
// crash takes the store back to the last flush, and another dispatcher's record may bear an earlier
// time. The difference is less than the time a report is kept beyond its end.
inline bool report_may_be_gone(uint64_t expires_at_ms, const LogTime& time) {
  return !report_exists(expires_at_ms, time.for_deletion_ms(), time);
}
static_assert(limits::store_flush_interval_ms < limits::late_ack_ms_max);

// The devices seen on a day that no activity window reaches back to.
inline bool seen_day_may_go(uint32_t day, const LogTime& time) {
  return day + limits::audience_windows_days_max + 1 < day_of(time.for_deletion_ms());
}

// How many messages a device had on a day is only asked on that day; clocks may differ.
inline bool frequency_day_may_go(uint32_t day, const LogTime& time) {
  return day + 2 < day_of(time.for_deletion_ms());
}

// What happened in a minute or an hour that began then.
inline bool activity_may_go(ActivityStep step, uint64_t begins_at_ms, const LogTime& time) {
  const uint64_t kept_ms =
      step == ActivityStep::minute ? limits::activity_minutes_ms : limits::activity_hours_ms;
  return begins_at_ms + kept_ms + limits::late_ack_ms_max < time.for_deletion_ms();
}

}  // namespace tocsin::storage
