// What every Log must do, whatever keeps it: instantiate with a maker for each implementation.
//
// A maker has `std::unique_ptr<cluster::Log> open()`, which may be called again after the log it
// gave is gone and then finds everything that was committed.
//
// Thread: tests.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "cluster/embedded_log.h"
#include "cluster/log.h"

#include "tests/unit/cluster/await.h"
#include "tests/unit/cluster/temp_folder.h"

namespace tocsin::contract {

using cluster::LogBatch;
using cluster::LogEntry;
using cluster::Position;

// Collects what a subscription brings, on whatever thread.
class Collected {
 public:
  void add(const LogBatch& batch) {
    const std::lock_guard lock(mutex_);
    entries_.insert(entries_.end(), batch->begin(), batch->end());
  }
  std::vector<LogEntry> entries() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }
  bool await_size(size_t size) const {
    return test::await([&] { return entries().size() >= size; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<LogEntry> entries_;
};

template <typename Maker>
class LogContract : public testing::Test {
 protected:
  void SetUp() override { log_ = maker_.open(); }

  Position append(const std::string& record) {
    auto position = test::append_and_wait(*log_, record);
    EXPECT_TRUE(position.ok()) << position.status();
    return position.ok() ? *position : 0;
  }

  Maker maker_;
  Collected collected_;  // outlives the log, whose thread adds to it
  std::unique_ptr<cluster::Log> log_;
};

TYPED_TEST_SUITE_P(LogContract);

TYPED_TEST_P(LogContract, PositionsCountFromOne) {
  EXPECT_EQ(this->log_->last(), 0u);
  EXPECT_EQ(this->append("a"), 1u);
  EXPECT_EQ(this->append(""), 2u) << "an empty record is a record";
  EXPECT_EQ(this->append("c"), 3u);
  EXPECT_EQ(this->log_->last(), 3u);
}

TYPED_TEST_P(LogContract, EntriesComeBeforeTheAnswer) {
  ASSERT_TRUE(this->log_->subscribe(0, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  std::promise<size_t> seen;
  this->log_->append(
      "a", [&](absl::StatusOr<Position>) { seen.set_value(this->collected_.entries().size()); });
  EXPECT_EQ(seen.get_future().get(), 1u);
}

TYPED_TEST_P(LogContract, SubscribersBehindAPositionGetTheRest) {
  for (const char* record : {"a", "b", "c", "d"}) this->append(record);
  ASSERT_TRUE(this->log_->subscribe(2, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  this->append("e");
  ASSERT_TRUE(this->collected_.await_size(3));
  const auto entries = this->collected_.entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].position, 3u);
  EXPECT_EQ(entries[0].record, "c");
  EXPECT_EQ(entries[2].record, "e");
}

TYPED_TEST_P(LogContract, OldGoesOverIntoNewWithoutGapOrRepeat) {
  constexpr int count = 2000;
  std::atomic<int> answered{0};
  std::thread writer([&] {
    for (int i = 0; i < count; ++i) {
      this->log_->append(std::to_string(i), [&](absl::StatusOr<Position> committed) {
        EXPECT_TRUE(committed.ok());
        ++answered;
      });
    }
  });
  ASSERT_TRUE(test::await([&] { return answered > count / 10; }));
  ASSERT_TRUE(this->log_->subscribe(0, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  writer.join();
  ASSERT_TRUE(test::await([&] { return answered == count; }));
  ASSERT_TRUE(this->collected_.await_size(count));
  const auto entries = this->collected_.entries();
  ASSERT_EQ(entries.size(), static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(entries[i].position, static_cast<Position>(i + 1));
    ASSERT_EQ(entries[i].record, std::to_string(i));
  }
}

TYPED_TEST_P(LogContract, EverySubscriberGetsEverything) {
  Collected other;
  ASSERT_TRUE(this->log_->subscribe(0, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  ASSERT_TRUE(this->log_->subscribe(0, [&](LogBatch batch) { other.add(batch); }).ok());
  this->append("a");
  EXPECT_TRUE(this->collected_.await_size(1));
  EXPECT_TRUE(other.await_size(1));
  this->log_->stop();
}

TYPED_TEST_P(LogContract, ManyWritersShareTheLog) {
  constexpr int writers = 8;
  constexpr int each = 100;
  std::mutex mutex;
  std::vector<Position> positions;
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        auto position = test::append_and_wait(*this->log_, "x");
        ASSERT_TRUE(position.ok());
        const std::lock_guard lock(mutex);
        positions.push_back(*position);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::sort(positions.begin(), positions.end());
  ASSERT_EQ(positions.size(), static_cast<size_t>(writers * each));
  for (size_t i = 0; i < positions.size(); ++i) ASSERT_EQ(positions[i], i + 1);
}

TYPED_TEST_P(LogContract, RecordsHaveALargestSize) {
  EXPECT_EQ(this->append(std::string(limits::log_record_bytes_max, 'x')), 1u);
  const auto refused =
      test::append_and_wait(*this->log_, std::string(limits::log_record_bytes_max + 1, 'x'));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(this->append("next"), 2u);
}

TYPED_TEST_P(LogContract, AFullQueueRefusesInsteadOfGrowing) {
  // Far more than fits; whatever is refused says so, whatever is answered is in the log.
  std::atomic<size_t> taken{0};
  std::atomic<size_t> refused{0};
  const std::string record(limits::log_record_bytes_max, 'x');
  const size_t count = 3 * limits::log_queue_bytes_max / record.size();
  for (size_t i = 0; i < count; ++i) {
    this->log_->append(record, [&](absl::StatusOr<Position> committed) {
      if (committed.ok()) {
        ++taken;
      } else {
        EXPECT_EQ(committed.status().code(), absl::StatusCode::kResourceExhausted);
        ++refused;
      }
    });
  }
  ASSERT_TRUE(test::await([&] { return taken + refused == count; }));
  EXPECT_EQ(this->log_->last(), taken.load());
}

TYPED_TEST_P(LogContract, PositionsThatAreNotThereAreOutOfRange) {
  this->append("a");
  EXPECT_EQ(this->log_->subscribe(2, [](LogBatch) {}).code(), absl::StatusCode::kOutOfRange);
}

TYPED_TEST_P(LogContract, TrimmingWhatEverybodyHasChangesNothingForThem) {
  ASSERT_TRUE(this->log_->subscribe(0, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  for (int i = 0; i < 10; ++i) this->append("x");
  this->log_->trim(10);
  EXPECT_EQ(this->append("y"), 11u);
  ASSERT_TRUE(this->collected_.await_size(11));
  EXPECT_TRUE(this->log_->subscribe(10, [](LogBatch) {}).ok());
  this->log_->stop();
}

TYPED_TEST_P(LogContract, StopFinishesWhatIsQueuedAndTakesNoMore) {
  std::atomic<int> answered{0};
  for (int i = 0; i < 500; ++i) {
    this->log_->append("x", [&](absl::StatusOr<Position> committed) {
      EXPECT_TRUE(committed.ok());
      ++answered;
    });
  }
  this->log_->stop();
  EXPECT_EQ(answered, 500);
  this->log_->stop();
  EXPECT_EQ(test::append_and_wait(*this->log_, "late").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(this->log_->subscribe(0, [](LogBatch) {}).code(), absl::StatusCode::kUnavailable);
}

TYPED_TEST_P(LogContract, WhatWasCommittedIsThereAfterReopening) {
  for (const char* record : {"a", "b", "c"}) this->append(record);
  this->log_.reset();
  this->log_ = this->maker_.open();
  EXPECT_EQ(this->log_->last(), 3u);
  ASSERT_TRUE(this->log_->subscribe(1, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  EXPECT_EQ(this->append("d"), 4u);
  ASSERT_TRUE(this->collected_.await_size(3));
  EXPECT_EQ(this->collected_.entries()[0].record, "b");
  EXPECT_EQ(this->collected_.entries()[2].record, "d");
}

TYPED_TEST_P(LogContract, ACopyHoldsWhatWasCommittedWhenItWasAskedFor) {
  const test::TempFolder folder;
  for (const char* record : {"a", "b", "c"}) this->append(record);
  const auto last = this->log_->copy_to(folder.path("copy"), 1);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(*last, 3u);
  EXPECT_EQ(this->append("d"), 4u) << "the log goes on";

  auto copy = cluster::EmbeddedLog::open(folder.path("copy"));
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ((*copy)->last(), 3u);
  ASSERT_TRUE((*copy)->subscribe(1, [&](LogBatch batch) { this->collected_.add(batch); }).ok());
  ASSERT_EQ(this->collected_.entries().size(), 2u);
  EXPECT_EQ(this->collected_.entries()[0].record, "b");
  EXPECT_EQ(this->collected_.entries()[1].record, "c");

  EXPECT_FALSE(this->log_->copy_to(folder.path("copy"), 1).ok()) << "it is there already";
  this->log_->stop();
  EXPECT_EQ(this->log_->copy_to(folder.path("late"), 1).status().code(),
            absl::StatusCode::kUnavailable);
}

REGISTER_TYPED_TEST_SUITE_P(
    LogContract, PositionsCountFromOne, EntriesComeBeforeTheAnswer,
    SubscribersBehindAPositionGetTheRest, OldGoesOverIntoNewWithoutGapOrRepeat,
    EverySubscriberGetsEverything, ManyWritersShareTheLog, RecordsHaveALargestSize,
    AFullQueueRefusesInsteadOfGrowing, PositionsThatAreNotThereAreOutOfRange,
    TrimmingWhatEverybodyHasChangesNothingForThem, StopFinishesWhatIsQueuedAndTakesNoMore,
    WhatWasCommittedIsThereAfterReopening, ACopyHoldsWhatWasCommittedWhenItWasAskedFor);

}  // namespace tocsin::contract
