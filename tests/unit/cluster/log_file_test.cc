#include "cluster/log_file.h"

#include <vector>

#include <gtest/gtest.h>

namespace tocsin::cluster {
namespace {

// Three commits: {a}, {bb, ccc}, {dddd}.
std::string sample_file() {
  std::string file;
  append_log_file_head(7, file);
  append_log_record(7, true, "a", file);
  append_log_record(8, true, "bb", file);
  append_log_record(9, false, "ccc", file);
  append_log_record(10, true, "dddd", file);
  return file;
}

constexpr size_t offset_of_first = log_file_head_bytes;
constexpr size_t offset_of_second = offset_of_first + log_record_head_bytes + 1;
constexpr size_t offset_of_third = offset_of_second + log_record_head_bytes + 2;
constexpr size_t offset_of_fourth = offset_of_third + log_record_head_bytes + 3;

// Reads to the end or to what is unreadable.
std::vector<std::string> read_all(LogFileReader& reader, LogFileReader::Step& last) {
  std::vector<std::string> records;
  LogRecordView record;
  while ((last = reader.next(record)) == LogFileReader::Step::record) {
    records.emplace_back(record.bytes);
  }
  return records;
}

TEST(LogFileTest, Crc32cIsTheCastagnoliOne) { EXPECT_EQ(crc32c("123456789"), 0xE3069283u); }

TEST(LogFileTest, RecordsReadBack) {
  const std::string file = sample_file();
  Position first = 0;
  ASSERT_EQ(read_log_file_head(file, first), LogFileHead::ok);
  EXPECT_EQ(first, 7u);
  LogFileReader reader(file, first);
  LogFileReader::Step last;
  EXPECT_EQ(read_all(reader, last), (std::vector<std::string>{"a", "bb", "ccc", "dddd"}));
  EXPECT_EQ(last, LogFileReader::Step::end);
  EXPECT_EQ(reader.next_position(), 11u);
  EXPECT_EQ(reader.offset(), file.size());
}

TEST(LogFileTest, EveryShorterFileEndsTornAtTheLastWholeRecord) {
  const std::string whole = sample_file();
  for (size_t size = log_file_head_bytes; size < whole.size(); ++size) {
    LogFileReader reader(std::string_view(whole).substr(0, size), 7);
    LogFileReader::Step last;
    const auto records = read_all(reader, last);
    const size_t expected =
        (size >= offset_of_second) + (size >= offset_of_third) + (size >= offset_of_fourth);
    EXPECT_EQ(records.size(), expected) << size;
    const bool at_boundary = reader.offset() == size;
    EXPECT_EQ(last, at_boundary ? LogFileReader::Step::end : LogFileReader::Step::unreadable);
    EXPECT_FALSE(reader.later_commit_exists());
  }
}

TEST(LogFileTest, EveryFlippedByteIsNoticed) {
  const std::string whole = sample_file();
  for (size_t at = log_file_head_bytes; at < whole.size(); ++at) {
    std::string file = whole;
    file[at] = static_cast<char>(file[at] ^ 0x40);
    LogFileReader reader(file, 7);
    LogFileReader::Step last;
    read_all(reader, last);
    EXPECT_EQ(last, LogFileReader::Step::unreadable) << at;
  }
}

TEST(LogFileTest, DamageBeforeALaterCommitIsToldFromATornOne) {
  std::string file = sample_file();
  file[offset_of_second + log_record_head_bytes] ^= 1;  // in the commit {bb, ccc}
  LogFileReader before_last(file, 7);
  LogFileReader::Step last;
  EXPECT_EQ(read_all(before_last, last).size(), 1u);
  EXPECT_TRUE(before_last.later_commit_exists()) << "{dddd} was written after it was synced";

  file.resize(offset_of_fourth);
  LogFileReader torn(file, 7);
  EXPECT_EQ(read_all(torn, last).size(), 1u);
  EXPECT_FALSE(torn.later_commit_exists()) << "ccc belongs to the same commit";
}

TEST(LogFileTest, HeadsAreToldApart) {
  Position first = 0;
  const std::string good = sample_file();
  EXPECT_EQ(read_log_file_head("", first), LogFileHead::torn);
  EXPECT_EQ(read_log_file_head(good.substr(0, 15), first), LogFileHead::torn);
  EXPECT_EQ(read_log_file_head(std::string(4096, '\0'), first), LogFileHead::torn);
  std::string other = good;
  other[7] = '2';
  EXPECT_EQ(read_log_file_head(other, first), LogFileHead::other_version);
  other[0] = 'X';
  EXPECT_EQ(read_log_file_head(other, first), LogFileHead::damaged);
}

}  // namespace
}  // namespace tocsin::cluster
