#include "sets/device_set.h"

#include <set>

#include <gtest/gtest.h>

#include "base/prng.h"

namespace tocsin::sets {
namespace {

using Devices = std::set<DeviceRef>;

DeviceSet set_of(const Devices& devices) {
  DeviceSet set;
  for (const DeviceRef device : devices) set.add(device);
  return set;
}

Devices random_devices(Prng& prng) {
  Devices devices;
  for (uint64_t i = prng.below(30); i > 0; --i) {
    devices.insert({static_cast<uint32_t>(prng.below(5)), static_cast<uint32_t>(prng.below(10))});
  }
  return devices;
}

// The devices of the set, read from its parts, which must rise and hold something each.
Devices devices_of(const DeviceSet& set) {
  Devices devices;
  uint32_t next_partition = 0;
  for (const DeviceSet::Part& part : set.parts()) {
    EXPECT_GE(part.partition, next_partition);
    EXPECT_FALSE(part.set.empty());
    next_partition = part.partition + 1;
    for (uint32_t ordinal = 0; ordinal < 10; ++ordinal) {
      if (part.set.contains(ordinal)) devices.insert({part.partition, ordinal});
    }
  }
  EXPECT_EQ(devices.size(), set.size());
  return devices;
}

TEST(DeviceSetAlgebraTest, IsThatOfSets) {
  Prng prng(11);
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE("seed 11, round " + std::to_string(round));
    const Devices a = random_devices(prng);
    const Devices b = random_devices(prng);
    Devices either = a;
    either.insert(b.begin(), b.end());
    Devices both;
    Devices only_a;
    for (const DeviceRef device : a) (b.contains(device) ? both : only_a).insert(device);

    DeviceSet united = set_of(a);
    united.unite(set_of(b));
    DeviceSet intersected = set_of(a);
    intersected.intersect(set_of(b));
    DeviceSet subtracted = set_of(a);
    subtracted.subtract(set_of(b));

    EXPECT_EQ(devices_of(united), either);
    EXPECT_EQ(devices_of(intersected), both);
    EXPECT_EQ(devices_of(subtracted), only_a);
    EXPECT_EQ(set_of(a).size_of_difference(set_of(b)), only_a.size());
  }
}

TEST(DeviceSetAlgebraTest, WithItself) {
  DeviceSet set = set_of({{1, 2}, {3, 4}});
  set.intersect(set);
  EXPECT_EQ(devices_of(set), (Devices{{1, 2}, {3, 4}}));
  set.subtract(set);
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.parts().empty());
}

}  // namespace
}  // namespace tocsin::sets
