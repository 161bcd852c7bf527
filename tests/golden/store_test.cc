// Opens the stores that earlier releases left (store-N) and looks whether everything is there.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store/keys.h"
#include "storage/tables/idempotency.h"
#include "storage/tables/schedules.h"
#include "storage/tables/stored_terms.h"

#include "tests/golden/golden_store.h"
#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin {
namespace {

using namespace test;  // NOLINT: the record builders

// Opening writes, so it is done to a copy.
std::string copy_of(const char* name, const TempFolder& to) {
  std::filesystem::copy(std::string(TOCSIN_GOLDEN_FOLDER "/") + name, to.path(name),
                        std::filesystem::copy_options::recursive);
  return to.path(name);
}

void expect_what_format_2_had(const StoreUnderTest& store) {
  EXPECT_EQ(store.registry->devices(), 4u);
  Books books = store.books(10, golden_now_ms);
  EXPECT_EQ(books.targeted, 3u);
  EXPECT_EQ(books.delivered, 2u);
  EXPECT_EQ(books.opened, 1u);
  EXPECT_EQ(books.dropped_device_deleted, 1u);
  books = store.books(11, golden_now_ms);
  EXPECT_EQ(books.dropped_unknown_device, 1u);
  EXPECT_EQ(books.pending, 1u);
  EXPECT_EQ(books.delivered, 1u);
  EXPECT_EQ(store.books(12, golden_now_ms).recalled, 5u);
  EXPECT_EQ(store.books(13, golden_now_ms).targeted, 1u);
  EXPECT_EQ(store.books(14, golden_now_ms).replaced, 1u);
  EXPECT_EQ(store.books(15, golden_now_ms).pending, 1u);
  EXPECT_EQ(store.books(16, golden_now_ms + 1000).targeted, 0u);
  for (const auto& [expression, devices] : {std::pair{"audience:testers", 2u},
                                            {"language:ja", 1u},
                                            {"alias:user2", 1u},
                                            {"seen<=1d", 1u},
                                            {"app_version >= 1 and tag:news", 2u}}) {
    const auto found = storage::find_audience(*store.store, app, expression, golden_now_ms,
                                              storage::StoredTerms::Unknown::error);
    ASSERT_TRUE(found.ok()) << expression << ": " << found.status();
    EXPECT_EQ(found->size(), devices) << expression;
  }
}

TEST(GoldenStoreTest, AStoreOfFormat2HasEverything) {
  const TempFolder folder;
  StoreUnderTest store(copy_of("store-2", folder));
  EXPECT_EQ(store.store->state().position, golden_log_2().size());
  expect_what_format_2_had(store);
  const auto keys = store.apps.table()->find(app)->keys;
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].id, "default");
  EXPECT_EQ(keys[0].hash[0], 's');
}

TEST(GoldenStoreTest, AStoreOfFormat3HasEverything) {
  const TempFolder folder;
  StoreUnderTest store(copy_of("store-3", folder));
  EXPECT_EQ(store.store->state().position, golden_log_3().size());
  expect_what_format_2_had(store);
  const cluster::AppConfig config = *store.apps.table()->find(app);
  ASSERT_EQ(config.keys.size(), 1u);
  EXPECT_EQ(config.keys[0].id, "ci");
  EXPECT_EQ(config.settings.sends_per_s, 100u);
  internal::DueSchedulesQuestion all_due;
  all_due.set_until_ms(UINT64_MAX);
  all_due.set_schedules_max(10);
  const auto due = store.ask(all_due);
  ASSERT_TRUE(due.ok() && due->schedules_size() == 1);
  EXPECT_EQ(due->schedules(0).message_id(), 21u);
  EXPECT_EQ(due->schedules(0).scheduled().request(), "later");
  const auto answer = storage::find_first_answer(*store.store, app, "call-1", golden_now_ms);
  ASSERT_TRUE(answer.ok() && answer->has_value());
  EXPECT_EQ((*answer)->message_id(), 20u);
  auto digest = cluster::about<internal::MessagePageQuestion>(app);
  digest.set_group("digest");
  digest.set_messages_max(10);
  const auto page = store.ask(digest, golden_now_ms);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->message_ids(), testing::ElementsAre(20));
  EXPECT_EQ(store.books(20, golden_now_ms).latency.at(14), 2u);
  EXPECT_EQ(store.books(22, golden_now_ms).targeted, 2u);
}

// The build that made store-3 knew an app's webhook, and queued no events for it yet; nor did it
// count what happens in a minute and in an hour.
Dump without_later_rows(Dump dump) {
  std::erase_if(dump, [](const auto& row) {
    const auto& [family, key] = row.first;
    return family == static_cast<int>(storage::Family::webhooks) ||
           (family == static_cast<int>(storage::Family::details) &&
            storage::activity_of_key(key).has_value());
  });
  return dump;
}

TEST(GoldenStoreTest, TheSameLogStillGivesTheSameRows) {
  for (const auto& [name, log] :
       {std::pair{"store-2", golden_log_2()}, {"store-3", golden_log_3()}}) {
    const TempFolder folder;
    StoreUnderTest old(copy_of(name, folder));
    StoreUnderTest fresh(folder.path("fresh"));
    for (const internal::Record& record : log) fresh.apply(record);
    EXPECT_EQ(differences(without_later_rows(fresh.dump()), old.dump()), std::vector<std::string>())
        << name;
  }
}

// Who checks a backup of the release before must not have to start tocsind on it.
TEST(GoldenStoreTest, AStoreOfFormat2CanBeLookedAt) {
  const TempFolder folder;
  const std::string path = copy_of("store-2", folder);
  const auto store = storage::Store::open_read_only(path);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->state().position, golden_log_2().size());
  EXPECT_EQ(**(*store)->get(storage::Family::meta, "format"), "2");
  EXPECT_FALSE((*store)->rows(storage::Family::schedule, {})->valid());
  const auto none = (*store)->get(storage::Family::idempotency, "any");
  EXPECT_TRUE(none.ok() && !none->has_value());
}

TEST(GoldenStoreTest, AStoreOfFormat2BecomesFormat3) {
  const TempFolder folder;
  const std::string path = copy_of("store-2", folder);
  {
    StoreUnderTest store(path);
    store.apply(scheduled(30, golden_now_ms));
    ASSERT_TRUE(store.store->flush(true).ok());
  }
  const auto store = storage::Store::open_read_only(path);
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(**(*store)->get(storage::Family::meta, "format"), "3");
  EXPECT_TRUE(*storage::find_schedule(**store, app, MessageId{30}));
}

TEST(GoldenStoreTest, AnotherFormatIsRefusedByName) {
  const TempFolder folder;
  for (const char* format : {"1", "4"}) {
    const std::string path = folder.path(format);
    {
      auto store = storage::Store::open(path);
      ASSERT_TRUE(store.ok());
      auto batch = (*store)->batch();
      batch.put(storage::Family::meta, "format", format);
      ASSERT_TRUE((*store)->write(batch, {}).ok());
      ASSERT_TRUE((*store)->flush(true).ok());
    }
    const auto refused = storage::Store::open(path);
    ASSERT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.status().message()),
                testing::AllOf(testing::HasSubstr("format " + std::string(format)),
                               testing::HasSubstr("use")));
  }
}

// Not a test: makes the folder that the others read. TOCSIN_WRITE_GOLDEN_STORE=FOLDER and
// --gtest_also_run_disabled_tests.
TEST(GoldenStoreTest, DISABLED_Write) {
  const char* folder = std::getenv("TOCSIN_WRITE_GOLDEN_STORE");
  ASSERT_NE(folder, nullptr);
  StoreUnderTest store(folder);
  for (const internal::Record& record : golden_log_3()) store.apply(record);
  ASSERT_TRUE(store.store->flush(true).ok());
}

}  // namespace
}  // namespace tocsin
