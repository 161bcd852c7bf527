#include "storage/sessions/routes.h"

#include <gtest/gtest.h>

namespace tocsin::storage {
namespace {

using cluster::SessionRef;

constexpr DeviceRef device{3, 1000};
constexpr SessionRef first{1, 10, 1};
constexpr SessionRef second{2, 10, 1};

TEST(RoutesTest, TheLastSessionOpenedHasTheDevice) {
  Routes routes;
  EXPECT_EQ(routes.find(device), std::nullopt);
  EXPECT_EQ(routes.open(device, first, {}), std::nullopt);
  EXPECT_EQ(routes.open(device, first, {}), std::nullopt) << "announced again";
  EXPECT_EQ(routes.open(device, second, {}), first);
  EXPECT_EQ(routes.find(device), second);
  EXPECT_EQ(routes.size(), 1u);
}

TEST(RoutesTest, OnlyTheSessionItselfCloses) {
  Routes routes;
  routes.open(device, first, {});
  EXPECT_FALSE(routes.close(device, second));
  EXPECT_FALSE(routes.close(device, {first.gateway, first.slot, first.generation + 1}));
  EXPECT_FALSE(routes.close({3, 5'000'000}, first));
  EXPECT_FALSE(routes.close({limits::partitions, 0}, first));
  EXPECT_EQ(routes.find(device), first);
  EXPECT_TRUE(routes.close(device, first));
  EXPECT_FALSE(routes.close(device, first));
  EXPECT_EQ(routes.find(device), std::nullopt);
}

TEST(RoutesTest, PagesGoWithTheirLastSession) {
  Routes routes;
  for (uint32_t ordinal = 0; ordinal < 1000; ++ordinal) routes.open({0, ordinal}, first, {});
  EXPECT_EQ(routes.pages(), 16u);
  for (uint32_t ordinal = 0; ordinal < 999; ++ordinal)
    EXPECT_TRUE(routes.close({0, ordinal}, first));
  EXPECT_EQ(routes.pages(), 1u);
  EXPECT_TRUE(routes.close({0, 999}, first));
  EXPECT_EQ(routes.pages(), 0u);
  EXPECT_EQ(routes.size(), 0u);
}

}  // namespace
}  // namespace tocsin::storage
