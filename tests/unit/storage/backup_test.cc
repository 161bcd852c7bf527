// A backup is a consistent pair, is there whole or not at all, and can be restored.
#include "storage/backup/backup.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/backup/restore.h"
#include "storage/check/store_check.h"

#include "tests/unit/storage/world.h"

namespace tocsin::storage {
namespace {

namespace fs = std::filesystem;
using namespace test;  // NOLINT: the world and its record builders
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BackupTest : public testing::Test {
 protected:
  MessageOf message(uint64_t id) const {
    return {id, wire::Priority::normal, wall_ms(), 3'600'000, app};
  }
  std::future<absl::StatusOr<BackupMade>> start_backup(World& world, const std::string& name) {
    auto answer = std::make_shared<std::promise<absl::StatusOr<BackupMade>>>();
    internal::BackupQuestion question;
    question.set_folder(backup(name));
    world.storage->ask(question, [answer](auto made) { answer->set_value(made); });
    return answer->get_future();
  }
  absl::StatusOr<BackupMade> make_backup(World& world, const std::string& name) {
    return start_backup(world, name).get();
  }
  std::string backup(const std::string& name) const { return folder_.path("backups/" + name); }
  std::vector<std::string> backups() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path("backups"))) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  absl::Status restore(const std::string& from, const std::string& to) {
    cluster::CheckReport report([this](auto, const std::string& line) { lines_.push_back(line); });
    return restore_backup(from, to, report);
  }
  // A world on what was restored; it has the store under a name of its own.
  void restore_into(const std::string& from, World& world) {
    const auto restored = restore(from, world.folder());
    ASSERT_TRUE(restored.ok()) << restored;
    fs::rename(world.folder() + "/store", world.folder() + "/db");
    world.start();
  }

  TempFolder folder_;
  std::vector<std::string> lines_;
};

TEST_F(BackupTest, WhatWasAcceptedBeforeIsInItAndTheServerGoesOn) {
  World world(folder_.path("world"));
  world.start();
  world.append(app_created());
  world.append(registered(device_id(1)));
  world.append(to_devices(message(100), {device_id(1)}));
  const auto made = make_backup(world, "one");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->folder(), backup("one"));
  EXPECT_EQ(made->last(), 3u);
  EXPECT_GT(made->bytes(), 0u);
  EXPECT_THAT(backups(), ElementsAre("one"));
  world.append(to_devices(message(101), {device_id(1)}));

  World restored(folder_.path("restored"));
  restore_into(backup("one"), restored);
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_EQ(restored.counts().applied(), 3u);
  EXPECT_THAT(ids_of(restored.open(device_id(1), restored.session(1)).replay), ElementsAre(100));
  restored.append(to_devices(message(102), {device_id(1)}));
  EXPECT_EQ(restored.books(102).pending, 1u);
  EXPECT_EQ(world.books(101).pending, 1u);
}

TEST_F(BackupTest, MadeWhileRecordsKeepComingItIsTheStateAtOnePosition) {
  World world(folder_.path("world"));
  world.start();
  world.append(app_created());
  for (uint32_t i = 0; i < 8; ++i) world.append(registered(device_id(i), {"x"}));
  uint64_t id = 100;
  for (int round = 0; round < 5; ++round) {
    const uint64_t before = id;
    auto made = start_backup(world, std::to_string(round));
    do {
      world.append(id % 2 == 0 ? to_tag(message(id), "x")
                               : to_devices(message(id), {device_id(1)}));
      ++id;
    } while (made.wait_for(std::chrono::seconds(0)) != std::future_status::ready);
    ASSERT_TRUE(made.get().ok());
    World restored(folder_.path("restored" + std::to_string(round)));
    restore_into(backup(std::to_string(round)), restored);
    for (uint64_t sent = 100; sent < before; ++sent) {
      EXPECT_EQ(restored.books(sent).targeted, sent % 2 == 0 ? 8u : 1u) << sent;
    }
  }
}

TEST_F(BackupTest, TheLogKeepsWhatABackupNeedsUntilItIsMade) {
  World world(folder_.path("world"));
  world.start();
  world.append(app_created());
  ASSERT_TRUE(make_backup(world, "one").ok());
  world.storage->stop();
  EXPECT_EQ(world.watched->trimmed, 1u) << "trimmed again afterwards";
}

TEST_F(BackupTest, OneAtATime) {
  auto log = cluster::EmbeddedLog::open(folder_.path("log"));
  ASSERT_TRUE(log.ok());
  const auto store = Store::open(folder_.path("store"));
  ASSERT_TRUE(store.ok());
  StorageThread thread;
  Backup one_at_a_time(**store, **log, thread);
  std::promise<absl::StatusOr<BackupMade>> first;
  absl::Status second;
  thread.shard().run_and_wait([&] {
    one_at_a_time.start(backup("first"), [&](auto made) { first.set_value(made); });
    EXPECT_TRUE(one_at_a_time.is_running());
    one_at_a_time.start(backup("second"), [&](auto made) { second = made.status(); });
  });
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(first.get_future().get().ok());
  EXPECT_THAT(backups(), ElementsAre("first"));
  one_at_a_time.stop();
  thread.shard().run_and_wait([&] {
    EXPECT_FALSE(one_at_a_time.is_running());
    one_at_a_time.start(backup("late"), [&](auto made) { second = made.status(); });
  });
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  thread.stop();
}

TEST_F(BackupTest, AFailedOneLeavesNothingAndANewOneSweepsUp) {
  World world(folder_.path("world"));
  world.start();
  world.append(app_created());
  fs::create_directories(backup("old.partial/store"));
  std::ofstream(backup("old.partial/store/000001.sst")) << "what a crash left";
  ASSERT_TRUE(make_backup(world, "one").ok());
  EXPECT_EQ(make_backup(world, "one").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(backups(), ElementsAre("one"));
  std::ofstream(folder_.path("file")) << "not a folder";
  const auto failed = start_backup(world, "../file/two").get();
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kUnavailable) << failed.status();
  world.append(to_everyone(message(100)));
  EXPECT_EQ(world.books(100).targeted, 0u) << "storage goes on";
  // The store is in it already when it turns out that the log cannot be.
  world.log->stop();
  EXPECT_EQ(make_backup(world, "three").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(backups(), ElementsAre("one"));
}

// -- Restore -------------------------------------------------------------------------------------

TEST_F(BackupTest, RestoringOverAnythingIsRefused) {
  World world(folder_.path("world"));
  world.start();
  world.append(app_created());
  ASSERT_TRUE(make_backup(world, "one").ok());
  fs::create_directories(folder_.path("used"));
  std::ofstream(folder_.path("used/file")) << "x";
  const auto refused = restore(backup("one"), folder_.path("used"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr(folder_.path("used") + " is not empty"));
  EXPECT_FALSE(fs::exists(folder_.path("used/store")));
}

TEST_F(BackupTest, ADamagedBackupIsNotRestored) {
  World world(folder_.path("world"));
  world.start();
  world.append(app_created());
  ASSERT_TRUE(make_backup(world, "one").ok());
  fs::resize_file(backup("one/log/00000000000000000001.log"), 16);
  const auto refused = restore(backup("one"), folder_.path("new"));
  EXPECT_EQ(refused.code(), absl::StatusCode::kDataLoss) << refused;
  EXPECT_THAT(lines_, testing::Contains(HasSubstr("beyond its end")));
  EXPECT_FALSE(fs::exists(folder_.path("new")));
  EXPECT_EQ(restore(folder_.path("nothing"), folder_.path("new")).code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::storage
