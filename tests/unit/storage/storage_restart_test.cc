// What storage knows after it, the process, or the machine has gone down.
#include <fstream>
#include <optional>
#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/storage.h"

#include "tests/unit/storage/world.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the world and its record builders
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Priority;

class StorageRestartTest : public testing::Test {
 protected:
  MessageOf message(uint64_t id) const { return {id, Priority::normal, wall_ms(), 3'600'000, app}; }

  // Devices 1 and 2; message 100 for device 1, cast 101; device 1 has acknowledged 101.
  void fill(World& world) {
    world.append(app_created());
    world.append(registered(device_id(1), {"x"}));
    world.append(registered(device_id(2)));
    world.append(to_devices(message(100), {device_id(1), device_id(77)}));
    world.append(to_everyone(message(101)));
    const auto grant = world.open(device_id(1), world.session(1));
    world.ack(world.session(1), grant.device, {101});
    ASSERT_TRUE(world.await_delivered(101, 1));
  }
  void check(World& world) {
    EXPECT_EQ(world.books(100).pending, 1u);
    EXPECT_EQ(world.books(100).dropped(), 1u);
    EXPECT_EQ(world.books(101).delivered, 1u);
    EXPECT_EQ(world.books(101).pending, 1u);
    EXPECT_THAT(ids_of(world.open(device_id(1), world.session(1)).replay), ElementsAre(100));
    EXPECT_THAT(ids_of(world.open(device_id(2), world.session(2)).replay), ElementsAre(101));
  }

  TempFolder folder_;
};

TEST_F(StorageRestartTest, ARestartChangesNothing) {
  World world(folder_.path());
  world.start();
  fill(world);
  for (int i = 0; i < 2; ++i) {
    world.restart();
    check(world);
  }
  world.append(to_devices(message(102), {device_id(2)}));
  EXPECT_EQ(world.counts().largest_message(), 102u);
}

TEST_F(StorageRestartTest, TheLogAloneRebuildsTheStore) {
  World world(folder_.path());
  world.start();
  fill(world);
  world.stop();
  std::filesystem::remove_all(folder_.path("db"));
  world.start();
  check(world);
}

TEST_F(StorageRestartTest, WhatWasNotFlushedComesBackFromTheLog) {
  World world(folder_.path("first"));
  world.start();
  fill(world);
  // As a power cut would leave it: what is in the files now.
  copy_at_rest(folder_.path("first/log"), folder_.path("second/log"));
  copy_at_rest(folder_.path("first/db"), folder_.path("second/db"));
  std::filesystem::remove(folder_.path("second/db/LOCK"));
  World second(folder_.path("second"));
  second.start();
  check(second);
}

TEST_F(StorageRestartTest, ARecordThatCannotBeReadIsRefusedByItsPosition) {
  World world(folder_.path());
  world.start();
  fill(world);
  world.stop();
  {
    auto log = cluster::EmbeddedLog::open(folder_.path("log"));
    ASSERT_TRUE(log.ok());
    const auto position = append_and_wait(**log, "\xff\xff not a record");
    ASSERT_TRUE(position.ok());
    const auto status = [&] {
      log->reset();
      return world.try_start();
    }();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("record " + std::to_string(*position)));
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder_.path("db")));
  }
}

TEST_F(StorageRestartTest, ALogThatEndsBeforeTheStoreIsRefused) {
  World world(folder_.path());
  world.start();
  fill(world);
  world.stop();
  std::filesystem::remove_all(folder_.path("log"));
  EXPECT_EQ(world.try_start().code(), absl::StatusCode::kDataLoss);
}

TEST_F(StorageRestartTest, OneStorageAtATime) {
  World world(folder_.path());
  world.start();
  auto log = cluster::EmbeddedLog::open(folder_.path("other log"));
  ASSERT_TRUE(log.ok());
  const auto second = Storage::open({folder_.path("db")}, **log, *world.bus);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition) << second.status();
}

TEST_F(StorageRestartTest, TheLogIsTrimmedUpToWhatIsOnDiskAndNotFurther) {
  World world(folder_.path());
  world.start();
  fill(world);
  const auto applied = world.counts().applied();
  EXPECT_LT(world.watched->trimmed, applied) << "not flushed yet";
  world.storage->stop();
  EXPECT_EQ(world.watched->trimmed, applied);
}

// -- SIGKILL -------------------------------------------------------------------------------------

// Send to devices and to everyone, acknowledge half of it, until the log's fault point ends the
// process. Every accepted id goes to a file; write() survives SIGKILL.
[[noreturn]] void serve_until_killed(const std::string& folder, const char* fault) {
  setenv("TOCSIN_FAULT", fault, 1);
  World world(folder);
  if (!world.try_start().ok()) _exit(1);
  world.append(app_created());
  for (uint32_t i = 0; i < 4; ++i) world.append(registered(device_id(i)));
  std::ofstream accepted(folder + "/accepted.txt");
  for (uint64_t id = 100;; ++id) {
    const MessageOf message{id, Priority::normal, wall_ms(), 3'600'000, app};
    world.append(id % 2 == 0 ? to_everyone(message) : to_devices(message, {device_id(1)}));
    accepted << id << std::endl;
    world.ack(world.session(1), {3, 1}, {id - id % 3});
  }
}

class StorageKillTest : public testing::TestWithParam<const char*> {};

TEST_P(StorageKillTest, NothingAcceptedIsLostAndTheBooksAddUp) {
  // The death test runs this body again in a process of its own, which must use the same folder.
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const char* inherited = getenv("TOCSIN_TEST_FOLDER");
  std::optional<TempFolder> own;
  if (inherited == nullptr) {
    own.emplace();
    setenv("TOCSIN_TEST_FOLDER", own->path().c_str(), 1);
  }
  const std::string folder = getenv("TOCSIN_TEST_FOLDER");
  EXPECT_EXIT(serve_until_killed(folder, GetParam()), testing::KilledBySignal(SIGKILL), "");
  unsetenv("TOCSIN_TEST_FOLDER");

  World world(folder);
  world.start();
  std::ifstream accepted(folder + "/accepted.txt");
  uint64_t count = 0;
  for (uint64_t id; accepted >> id; ++count) {
    const Books books = world.books(id);  // checks the sum
    EXPECT_EQ(books.targeted, id % 2 == 0 ? 4u : 1u) << id;
    EXPECT_EQ(books.expired + books.dropped(), 0u) << id;
  }
  EXPECT_GE(count, 10u);
  EXPECT_GE(world.counts().largest_message(), 100 + count - 1);
}

INSTANTIATE_TEST_SUITE_P(FaultPoints, StorageKillTest,
                         testing::Values("log.before_write:60", "log.before_sync:60",
                                         "log.after_sync:60"),
                         [](const auto& info) {
                           const std::string name = info.param;
                           return name.substr(4, name.find(':') - 4);
                         });

}  // namespace
}  // namespace tocsin::storage
