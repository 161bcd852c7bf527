// Opens the stores that earlier releases left (store-N) and looks whether everything is there.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/stored_terms.h"

#include "tests/golden/golden_store.h"
#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin {
namespace {

using namespace test;  // NOLINT: the record builders
using storage::Books;

// Opening writes, so it is done to a copy.
std::string copy_of(const char* name, const TempFolder& to) {
  std::filesystem::copy(std::string(TOCSIN_GOLDEN_FOLDER "/") + name, to.path(name),
                        std::filesystem::copy_options::recursive);
  return to.path(name);
}

TEST(GoldenStoreTest, AStoreOfFormat2HasEverything) {
  const TempFolder folder;
  StoreUnderTest store(copy_of("store-2", folder));
  EXPECT_EQ(store.store->state().position, golden_log().size());
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

TEST(GoldenStoreTest, TheSameLogStillGivesTheSameRows) {
  const TempFolder folder;
  StoreUnderTest old(copy_of("store-2", folder));
  StoreUnderTest fresh(folder.path("fresh"));
  for (const internal::Record& record : golden_log()) fresh.apply(record);
  EXPECT_EQ(differences(fresh.dump(), old.dump()), std::vector<std::string>());
}

TEST(GoldenStoreTest, AnotherFormatIsRefusedByName) {
  const TempFolder folder;
  for (const char* format : {"1", "3"}) {
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
  for (const internal::Record& record : golden_log()) store.apply(record);
  ASSERT_TRUE(store.store->flush(true).ok());
}

}  // namespace
}  // namespace tocsin
