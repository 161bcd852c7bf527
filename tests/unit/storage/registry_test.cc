#include "storage/tables/registry.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store/keys.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;

// More than are looked up together.
constexpr uint32_t many = 200;

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() : store_(folder_.path("db")) { store_.apply(app_created()); }

  // Devices 0 to many, each with a tag of its own.
  void register_many() {
    for (uint32_t number = 0; number < many; ++number) {
      store_.apply(registered(device_id(number), {"tag-" + std::to_string(number)}));
    }
  }
  // Ask for devices many + 9 to 0, of which the first ten are unknown.
  void expect_all_found() const {
    std::vector<Registry::Key> keys;
    for (uint32_t number = many + 10; number-- > 0;) keys.push_back({app, device_id(number)});
    const auto found = store_.registry->find_all(keys);
    ASSERT_EQ(found.size(), keys.size());
    for (uint32_t number = 0; number < many + 10; ++number) {
      const auto& device = found[many + 9 - number];
      ASSERT_TRUE(device.ok()) << device.status();
      ASSERT_EQ(device->has_value(), number < many) << number;
      if (number >= many) continue;
      EXPECT_EQ((*device)->ref, store_.ref(device_id(number)));
      EXPECT_THAT((*device)->tags, ElementsAre("tag-" + std::to_string(number)));
      EXPECT_EQ((*device)->assigned_at_ms, start_ms);
    }
  }

  TempFolder folder_;
  StoreUnderTest store_;
};

TEST_F(RegistryTest, FindsManyInTheOrderAsked) {
  register_many();
  expect_all_found();
  ASSERT_TRUE(store_.store->flush(/*wait=*/true).ok());
  expect_all_found();  // from the files
}

TEST_F(RegistryTest, FindsNobodyForNothing) { EXPECT_TRUE(store_.registry->find_all({}).empty()); }

TEST_F(RegistryTest, FindsOneAsOftenAsAskedAndOfItsAppOnly) {
  store_.apply(registered(device_id(1), {"a", "b"}));
  store_.apply(registered(device_id(2)));
  const std::vector<Registry::Key> keys = {
      {app, device_id(1)}, {AppId{8}, device_id(1)}, {app, device_id(2)}, {app, device_id(1)}};
  const auto found = store_.registry->find_all(keys);
  ASSERT_EQ(found.size(), 4u);
  for (const auto& device : found) ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_THAT((*found[0])->tags, ElementsAre("a", "b"));
  EXPECT_FALSE(found[1]->has_value());
  EXPECT_TRUE((*found[2])->tags.empty()) << "none of the one before";
  EXPECT_EQ((*found[3])->ref, (*found[0])->ref);
}

TEST_F(RegistryTest, ARowThatCannotBeReadHidesNoOther) {
  for (uint32_t number = 0; number < 3; ++number) store_.apply(registered(device_id(number)));
  auto damage = store_.store->batch();
  damage.put(Family::devices, device_key(app, device_id(1)), "\xff\xff\xff");
  ASSERT_TRUE(store_.store->write(damage, store_.store->state()).ok());
  const std::vector<Registry::Key> keys = {
      {app, device_id(0)}, {app, device_id(1)}, {app, device_id(2)}};
  const auto found = store_.registry->find_all(keys);
  EXPECT_TRUE(found[0].ok() && found[0]->has_value());
  EXPECT_TRUE(absl::IsDataLoss(found[1].status())) << found[1].status();
  EXPECT_TRUE(found[2].ok() && found[2]->has_value());
}

}  // namespace
}  // namespace tocsin::storage
