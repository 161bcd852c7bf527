#include "cluster/embedded_log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "cluster/log_file.h"

#include "tests/unit/cluster/await.h"
#include "tests/unit/cluster/file_size_limit.h"
#include "tests/unit/cluster/temp_folder.h"

namespace tocsin::cluster {
namespace {

namespace fs = std::filesystem;
using test::append_and_wait;
using test::TempFolder;
using testing::HasSubstr;

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

void overwrite(const std::string& path, uint64_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file << bytes;
  ASSERT_TRUE(file.good());
}

void append_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
}

// Every record after `after`, read by a subscription.
std::vector<std::string> read_behind(Log& log, Position after) {
  std::vector<std::string> records;
  EXPECT_TRUE(log.subscribe(after,
                            [&](LogBatch batch) {
                              for (const LogEntry& entry : *batch) records.push_back(entry.record);
                            })
                  .ok());
  return records;  // the embedded log replays before subscribe() returns
}

class EmbeddedLogTest : public testing::Test {
 protected:
  // Records "r1".."rN", one commit each, then the log closes.
  void write_records(int count) {
    auto log = EmbeddedLog::open(folder_.path());
    ASSERT_TRUE(log.ok()) << log.status();
    for (int i = 1; i <= count; ++i) {
      ASSERT_TRUE(append_and_wait(**log, "r" + std::to_string(i)).ok());
    }
  }
  std::string first_file() const { return files_of(folder_.path()).at(0); }

  TempFolder folder_;
};

constexpr size_t small_record_bytes = log_record_head_bytes + 2;  // "r1"

TEST_F(EmbeddedLogTest, TornTailIsCutAndTheLogGoesOn) {
  write_records(3);
  for (const size_t kept : {size_t{1}, log_record_head_bytes, small_record_bytes - 1}) {
    const auto whole = fs::file_size(first_file());
    std::string torn;
    append_log_record(4, true, "r4", torn);
    append_bytes(first_file(), torn.substr(0, kept));
    auto log = EmbeddedLog::open(folder_.path());
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ((*log)->last(), 3u);
    EXPECT_EQ(fs::file_size(first_file()), whole);
  }
  auto log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok());
  EXPECT_EQ(*append_and_wait(**log, "again"), 4u);
  EXPECT_EQ(read_behind(**log, 2), (std::vector<std::string>{"r3", "again"}));
}

TEST_F(EmbeddedLogTest, ATornCommitOfManyRecordsIsCutAtItsFirstUnreadableOne) {
  write_records(1);
  std::string commit;
  append_log_record(2, true, "r2", commit);
  append_log_record(3, false, "r3", commit);
  append_log_record(4, false, "r4", commit);
  commit[small_record_bytes + log_record_head_bytes] ^= 1;  // r3: its page never reached the disk
  append_bytes(first_file(), commit);
  auto log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->last(), 2u);
}

TEST_F(EmbeddedLogTest, DamageInTheMiddleIsRefusedWithFileAndOffset) {
  write_records(3);
  const size_t offset = log_file_head_bytes + small_record_bytes;
  overwrite(first_file(), offset + log_record_head_bytes, "X");
  const auto log = EmbeddedLog::open(folder_.path());
  EXPECT_EQ(log.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(log.status().message()), HasSubstr(first_file()));
  EXPECT_THAT(std::string(log.status().message()), HasSubstr("offset " + std::to_string(offset)));
  EXPECT_EQ(fs::file_size(first_file()), log_file_head_bytes + 3 * small_record_bytes)
      << "a refused file is left as it was";
}

TEST_F(EmbeddedLogTest, AnotherFormatVersionIsRefused) {
  write_records(1);
  overwrite(first_file(), 7, "9");
  EXPECT_EQ(EmbeddedLog::open(folder_.path()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(EmbeddedLogTest, SomethingElseUnderTheNameOfALogFileIsRefused) {
  write_records(1);
  overwrite(first_file(), 0, "ELF");
  EXPECT_EQ(EmbeddedLog::open(folder_.path()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(EmbeddedLogTest, AFileThatWasBeingMadeIsMadeAnew) {
  write_records(2);
  append_bytes(folder_.path("00000000000000000003.log"), "TOCS");
  auto log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(*append_and_wait(**log, "r3"), 3u);
  EXPECT_EQ(read_behind(**log, 0), (std::vector<std::string>{"r1", "r2", "r3"}));
}

TEST_F(EmbeddedLogTest, FilesThatAreNotTheLogsAreLeftAlone) {
  append_bytes(folder_.path("README.txt"), "mine");
  write_records(1);
  EXPECT_TRUE(fs::exists(folder_.path("README.txt")));
}

TEST_F(EmbeddedLogTest, OneProcessAtATime) {
  auto log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok());
  const auto second = EmbeddedLog::open(folder_.path());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(folder_.path()));
  log->reset();
  EXPECT_TRUE(EmbeddedLog::open(folder_.path()).ok());
}

class EmbeddedLogFilesTest : public EmbeddedLogTest {
 protected:
  // More than two files' worth of the largest records; returns the last position.
  Position fill_files(Log& log) {
    const int count = 2 * limits::log_segment_bytes_max / limits::log_record_bytes_max + 8;
    std::atomic<int> answered{0};
    for (int i = 0; i < count; ++i) {
      log.append(std::string(limits::log_record_bytes_max, static_cast<char>('a' + i % 26)),
                 [&](absl::StatusOr<Position> committed) {
                   EXPECT_TRUE(committed.ok()) << committed.status();
                   ++answered;
                 });
      // The queue holds half of this.
      if (i % 64 == 0) {
        EXPECT_TRUE(test::await([&] { return answered > i - 64; }));
      }
    }
    EXPECT_TRUE(test::await([&] { return answered == count; }));
    return static_cast<Position>(count);
  }
};

TEST_F(EmbeddedLogFilesTest, FilesAreClosedAtTheirSizeAndTrimmedWhole) {
  auto log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok());
  const Position last = fill_files(**log);
  const auto files = files_of(folder_.path());
  ASSERT_EQ(files.size(), 3u);
  for (const auto& file : files) EXPECT_LE(fs::file_size(file), limits::log_segment_bytes_max);
  const Position second_first = std::stoull(fs::path(files[1]).stem().string());

  (*log)->trim(second_first - 2);
  EXPECT_TRUE((*log)->subscribe(0, [](LogBatch) {}).ok()) << "the first file still has an entry";
  (*log)->trim(second_first - 1);
  EXPECT_EQ((*log)->subscribe(0, [](LogBatch) {}).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(read_behind(**log, second_first - 1).size(), last - second_first + 1);
  (*log)->trim(last);
  EXPECT_TRUE((*log)->subscribe(last, [](LogBatch) {}).ok());
  EXPECT_EQ(files_of(folder_.path()).size(), 1u) << "the last file stays: it says the position";

  log->reset();
  log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->last(), last);
}

TEST_F(EmbeddedLogFilesTest, DamageAtTheEndOfAFinishedFileOrAMissingFileIsRefused) {
  {
    auto log = EmbeddedLog::open(folder_.path());
    ASSERT_TRUE(log.ok());
    fill_files(**log);
  }
  const auto files = files_of(folder_.path());
  ASSERT_EQ(files.size(), 3u);
  fs::rename(files[1], folder_.path("elsewhere"));
  const auto missing = EmbeddedLog::open(folder_.path());
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr(files[2]));
  fs::rename(folder_.path("elsewhere"), files[1]);
  fs::resize_file(files[0], fs::file_size(files[0]) - 1);
  const auto cut = EmbeddedLog::open(folder_.path());
  EXPECT_EQ(cut.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(cut.status().message()), HasSubstr(files[0]));
  fs::remove(files[1]);
  fs::remove(files[0]);
  EXPECT_TRUE(EmbeddedLog::open(folder_.path()).ok()) << "old files may be gone";
}

TEST_F(EmbeddedLogFilesTest, ACopyHasTheFilesThatAreNeededAndOutlivesTheOriginals) {
  auto log = EmbeddedLog::open(folder_.path("log"));
  ASSERT_TRUE(log.ok());
  const Position last = fill_files(**log);
  const auto files = files_of(folder_.path("log"));
  ASSERT_EQ(files.size(), 3u);
  const Position second_first = std::stoull(fs::path(files[1]).stem().string());
  ASSERT_EQ(*(*log)->copy_to(folder_.path("copy"), second_first - 1), last);
  ASSERT_EQ(*(*log)->copy_to(folder_.path("end"), last), last);
  EXPECT_EQ(files_of(folder_.path("end")).size(), 1u) << "the last file says where the log ends";
  (*log)->trim(last);
  EXPECT_EQ((*log)->copy_to(folder_.path("gone"), 0).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_FALSE(fs::exists(folder_.path("gone")));

  const auto copy = EmbeddedLog::open(folder_.path("copy"));
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(files_of(folder_.path("copy")).size(), 2u);
  EXPECT_EQ(read_behind(**copy, second_first - 1).size(), last - second_first + 1);
}

TEST_F(EmbeddedLogTest, AFullDiskRefusesAndIsTakenAgainWhenThereIsRoom) {
  auto log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(append_and_wait(**log, "before").ok());
  const auto size = fs::file_size(first_file());
  {
    const test::FileSizeLimit full(size + 1000);
    const auto refused = append_and_wait(**log, std::string(5000, 'x'));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(first_file()));
    EXPECT_EQ(fs::file_size(first_file()), size) << "the part that was written is cut away";
    EXPECT_EQ((*log)->last(), 1u);
    EXPECT_TRUE((*log)->is_refusing());
    EXPECT_TRUE(append_and_wait(**log, "small").ok()) << "what fits is taken";
    EXPECT_FALSE((*log)->is_refusing());
  }
  EXPECT_EQ(*append_and_wait(**log, std::string(5000, 'y')), 3u);
  log->reset();
  log = EmbeddedLog::open(folder_.path());
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(read_behind(**log, 0),
            (std::vector<std::string>{"before", "small", std::string(5000, 'y')}));
}

TEST_F(EmbeddedLogTest, AFolderThatCannotBeMadeIsSaid) {
  append_bytes(folder_.path("file"), "x");
  const auto log = EmbeddedLog::open(folder_.path("file/log"));
  EXPECT_FALSE(log.ok());
  EXPECT_THAT(std::string(log.status().message()), HasSubstr("file/log"));
}

}  // namespace
}  // namespace tocsin::cluster
