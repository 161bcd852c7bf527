// The bytes of a log file, as values: what is written, and what can be believed when read back.
//
//   file    :=  "TOCSLOG1" (8 bytes)  first position (u64, little endian)  record*
//   record  :=  length (u32, top bit: first of its commit)
//               crc32c of length, position and bytes (u32)
//               position (u64)
//               bytes
//
// The top bit tells a torn tail from damage. A commit is written only after the one before it has
// been synced, so a commit that begins *after* unreadable bytes proves that those were once
// durable: damage. Without one, they are the last commit, torn by a crash, which nobody was told
// succeeded.
//
// Thread: pure functions; a reader has one owner.
// Bound: log_record_bytes_max per record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "cluster/log.h"

namespace tocsin::cluster {

inline constexpr std::string_view log_file_magic = "TOCSLOG1";
inline constexpr size_t log_file_head_bytes = 16;
inline constexpr size_t log_record_head_bytes = 16;
// A file is closed at log_segment_bytes_max, but a first commit always fits.
inline constexpr size_t log_file_bytes_max =
    limits::log_segment_bytes_max + limits::log_batch_bytes_max + log_file_head_bytes;
static_assert(limits::log_record_bytes_max < (size_t{1} << 31), "the top bit is a flag");

uint32_t crc32c(std::string_view bytes);

void append_log_file_head(Position first, std::string& out);
void append_log_record(Position position, bool begins_commit, std::string_view bytes,
                       std::string& out);

enum class LogFileHead { ok, torn, other_version, damaged };
// torn: too short, or too empty, for the file ever to have held a record.
LogFileHead read_log_file_head(std::string_view file, Position& first);

struct LogRecordView {
  Position position = 0;
  bool begins_commit = false;
  std::string_view bytes;
};

// Walks the records of one file in memory; views die with it.
class LogFileReader {
 public:
  // `file` includes its head, whose first position is `first`.
  LogFileReader(std::string_view file, Position first);

  enum class Step { record, end, unreadable };
  // The next record. unreadable: there is no record with the expected position at offset().
  Step next(LogRecordView& record);

  // Bytes read so far: where the next record begins.
  size_t offset() const { return offset_; }
  Position next_position() const { return next_; }

  // Whether a commit begins after what is unreadable at offset(), so that it is not a torn tail.
  bool later_commit_exists() const;

 private:
  bool record_at(size_t offset, LogRecordView& record) const;

  std::string_view file_;
  size_t offset_ = log_file_head_bytes;
  Position next_;
};

}  // namespace tocsin::cluster
