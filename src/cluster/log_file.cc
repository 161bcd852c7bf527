#include "cluster/log_file.h"

#include <algorithm>

#include <boost/crc.hpp>

#include "base/fixed_int.h"

namespace tocsin::cluster {
namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

constexpr uint32_t begins_commit_bit = uint32_t{1} << 31;
constexpr size_t crc_offset = 4;
constexpr size_t position_offset = 8;

uint32_t checksum(std::string_view length, std::string_view position_and_bytes) {
  Crc32c crc;
  crc.process_bytes(length.data(), length.size());
  crc.process_bytes(position_and_bytes.data(), position_and_bytes.size());
  return crc.checksum();
}

}  // namespace

uint32_t crc32c(std::string_view bytes) { return checksum(bytes, {}); }

void append_log_file_head(Position first, std::string& out) {
  out += log_file_magic;
  put_le(first, out);
}

void append_log_record(Position position, bool begins_commit, std::string_view bytes,
                       std::string& out) {
  std::string length;
  put_le(static_cast<uint32_t>(bytes.size()) | (begins_commit ? begins_commit_bit : 0), length);
  Crc32c crc;
  std::string position_bytes;
  put_le(position, position_bytes);
  crc.process_bytes(length.data(), length.size());
  crc.process_bytes(position_bytes.data(), position_bytes.size());
  crc.process_bytes(bytes.data(), bytes.size());
  out += length;
  put_le(static_cast<uint32_t>(crc.checksum()), out);
  out += position_bytes;
  out += bytes;
}

LogFileHead read_log_file_head(std::string_view file, Position& first) {
  if (file.size() < log_file_head_bytes) return LogFileHead::torn;
  const bool blank = std::all_of(file.begin(), file.end(), [](char c) { return c == 0; });
  if (blank) return LogFileHead::torn;
  const std::string_view magic = file.substr(0, log_file_magic.size());
  if (magic != log_file_magic) {
    const bool ours =
        magic.substr(0, magic.size() - 1) == log_file_magic.substr(0, log_file_magic.size() - 1);
    return ours ? LogFileHead::other_version : LogFileHead::damaged;
  }
  first = get_le<uint64_t>(file.substr(log_file_magic.size()));
  return LogFileHead::ok;
}

LogFileReader::LogFileReader(std::string_view file, Position first) : file_(file), next_(first) {}

LogFileReader::Step LogFileReader::next(LogRecordView& record) {
  if (offset_ == file_.size()) return Step::end;
  if (!record_at(offset_, record) || record.position != next_) return Step::unreadable;
  offset_ += log_record_head_bytes + record.bytes.size();
  ++next_;
  return Step::record;
}

bool LogFileReader::record_at(size_t offset, LogRecordView& record) const {
  const std::string_view rest = file_.substr(offset);
  if (rest.size() < log_record_head_bytes) return false;
  const auto length = get_le<uint32_t>(rest);
  const size_t bytes = length & ~begins_commit_bit;
  if (bytes > limits::log_record_bytes_max) return false;
  if (bytes > rest.size() - log_record_head_bytes) return false;
  const uint64_t position = get_le<uint64_t>(rest.substr(position_offset));
  // Cheap, and saves the checksum at nearly every offset of a search.
  if (position < next_ || position - next_ > file_.size() / log_record_head_bytes) return false;
  const size_t covered = log_record_head_bytes - position_offset + bytes;
  const uint32_t expected = get_le<uint32_t>(rest.substr(crc_offset));
  if (checksum(rest.substr(0, crc_offset), rest.substr(position_offset, covered)) != expected) {
    return false;
  }
  record = {position, (length & begins_commit_bit) != 0, rest.substr(log_record_head_bytes, bytes)};
  return true;
}

bool LogFileReader::later_commit_exists() const {
  LogRecordView record;
  for (size_t at = offset_ + 1; at + log_record_head_bytes <= file_.size(); ++at) {
    if (record_at(at, record) && record.begins_commit && record.position > next_) return true;
  }
  return false;
}

}  // namespace tocsin::cluster
