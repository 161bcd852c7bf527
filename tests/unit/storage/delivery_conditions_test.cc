#include "storage/tables/delivery_conditions.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "wire/conditions.h"

#include "tests/unit/storage/records.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders

constexpr uint64_t minute_ms = 60'000;
constexpr uint64_t hour_ms = 60 * minute_ms;
// 2026-01-15 00:00 UTC, winter in the north.
constexpr uint64_t midnight_ms = 1'768'435'200'000;

class DeliveryConditionsTest : public testing::Test {
 protected:
  SharedConditions conditions(const internal::DeliveryConditions& stored) {
    internal::Envelope envelope =
        accepted({1, wire::Priority::normal, midnight_ms}).message_accepted().envelope();
    *envelope.mutable_conditions() = stored;
    return DeliveryConditions::of(envelope, envelope_of(envelope), names_);
  }
  static cluster::SharedEnvelope envelope_of(const internal::Envelope& stored) {
    auto envelope = std::make_shared<cluster::Envelope>();
    envelope->push_frame = stored.push_frame();
    return envelope;
  }
  SharedConditions window(uint32_t from_min, uint32_t until_min) {
    internal::DeliveryConditions stored;
    stored.set_window_from_min(from_min);
    stored.set_window_until_min(until_min);
    return conditions(stored);
  }
  bool allow(const SharedConditions& conditions, const std::string& zone, uint64_t now_ms) {
    return conditions->allow(names_.traits_of(zone, "", 0), now_ms, names_);
  }

  TraitNames names_;
};

TEST_F(DeliveryConditionsTest, AMessageWithoutConditionsHasNone) {
  const auto envelope = accepted({1}).message_accepted().envelope();
  EXPECT_EQ(DeliveryConditions::of(envelope, envelope_of(envelope), names_), nullptr);
}

TEST_F(DeliveryConditionsTest, AWindowIsOfTheDevicesOwnClock) {
  const auto nine_to_five = window(9 * 60, 17 * 60);
  const uint64_t noon_ms = midnight_ms + 12 * hour_ms;
  EXPECT_TRUE(allow(nine_to_five, "", noon_ms)) << "no zone is UTC";
  EXPECT_TRUE(allow(nine_to_five, "Europe/Berlin", noon_ms)) << "13:00";
  EXPECT_FALSE(allow(nine_to_five, "Asia/Tokyo", noon_ms)) << "21:00";
  EXPECT_FALSE(allow(nine_to_five, "America/Los_Angeles", noon_ms)) << "04:00";
  EXPECT_TRUE(allow(nine_to_five, "UTC", midnight_ms + 9 * hour_ms)) << "from: within";
  EXPECT_FALSE(allow(nine_to_five, "UTC", midnight_ms + 9 * hour_ms - minute_ms));
  EXPECT_FALSE(allow(nine_to_five, "UTC", midnight_ms + 17 * hour_ms)) << "until: not within";
}

TEST_F(DeliveryConditionsTest, SummerTimeCounts) {
  const auto from_nine = window(9 * 60, 17 * 60);
  const uint64_t july_ms = midnight_ms + uint64_t{180} * 24 * hour_ms;
  EXPECT_FALSE(allow(from_nine, "Europe/Berlin", midnight_ms + 7 * hour_ms + 30 * minute_ms));
  EXPECT_TRUE(allow(from_nine, "Europe/Berlin", july_ms + 7 * hour_ms + 30 * minute_ms));
}

TEST_F(DeliveryConditionsTest, AWindowMayGoAcrossMidnight) {
  const auto night = window(22 * 60, 6 * 60);
  EXPECT_TRUE(allow(night, "UTC", midnight_ms + 23 * hour_ms));
  EXPECT_TRUE(allow(night, "UTC", midnight_ms + 5 * hour_ms));
  EXPECT_FALSE(allow(night, "UTC", midnight_ms + 12 * hour_ms));
}

TEST_F(DeliveryConditionsTest, ALocalTimeComesInEachZoneByItself) {
  internal::DeliveryConditions stored;
  stored.set_local_from_min(midnight_ms / minute_ms + 9 * 60);
  const auto nine = conditions(stored);
  EXPECT_TRUE(allow(nine, "Asia/Tokyo", midnight_ms)) << "it is 09:00 there";
  EXPECT_FALSE(allow(nine, "Asia/Tokyo", midnight_ms - minute_ms));
  EXPECT_FALSE(allow(nine, "UTC", midnight_ms));
  EXPECT_TRUE(allow(nine, "UTC", midnight_ms + 9 * hour_ms));
  EXPECT_TRUE(allow(nine, "UTC", midnight_ms + 100 * hour_ms)) << "and from then on";
}

TEST_F(DeliveryConditionsTest, ConditionsMustAllHold) {
  internal::DeliveryConditions stored;
  stored.set_device_conditions(wire::all_conditions);
  const auto both = conditions(stored);
  EXPECT_FALSE(both->have_clock());
  EXPECT_FALSE(both->allow({0, 0, 0}, midnight_ms, names_));
  EXPECT_FALSE(both->allow({0, 0, 1}, midnight_ms, names_));
  EXPECT_FALSE(both->allow({0, 0, 2}, midnight_ms, names_));
  EXPECT_TRUE(both->allow({0, 0, 3}, midnight_ms, names_));
}

TEST_F(DeliveryConditionsTest, APlatformHasItsOwnFrame) {
  internal::DeliveryConditions stored;
  auto& variant = *stored.add_variants();
  variant.set_platform("ios");
  variant.set_push_frame("for ios");
  const auto by_platform = conditions(stored);
  EXPECT_EQ(by_platform->envelope_for(names_.traits_of("", "ios", 0))->push_frame, "for ios");
  EXPECT_EQ(by_platform->envelope_for(names_.traits_of("", "linux", 0))->push_frame, "push 1");
  EXPECT_EQ(by_platform->envelope_for({})->push_frame, "push 1");
}

TEST_F(DeliveryConditionsTest, ConditionsThatCannotBeAreRefused) {
  internal::DeliveryConditions stored;
  EXPECT_TRUE(check_conditions(stored).ok());
  stored.set_window_until_min(24 * 60);
  EXPECT_FALSE(check_conditions(stored).ok());
  stored.set_window_until_min(0);
  for (size_t i = 0; i <= limits::platform_overrides_max; ++i) stored.add_variants();
  EXPECT_FALSE(check_conditions(stored).ok());
}

// -- Names ---------------------------------------------------------------------------------------

TEST(TraitNamesTest, NamesThatAreNoneCountAsUtc) {
  TraitNames names;
  for (const char* name :
       {"", "Nowhere/Atlantis", "../../etc/passwd", "/etc/passwd", "file:x", "Europe/Berlin\n"}) {
    EXPECT_EQ(names.zone_of(name), 0) << name;
  }
  const uint16_t berlin = names.zone_of("Europe/Berlin");
  EXPECT_NE(berlin, 0);
  EXPECT_EQ(names.zone_of("Europe/Berlin"), berlin) << "the same number again";
  EXPECT_EQ(names.zones(), 2);
}

TEST(TraitNamesTest, WhoMakesUpNamesTakesNoneAway) {
  TraitNames names;
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(names.zone_of("Made/Up" + std::to_string(i)), 0);
  EXPECT_EQ(names.zone_of("Europe"), 0) << "a folder";
  EXPECT_NE(names.zone_of("Asia/Tokyo"), 0);
}

TEST(TraitNamesTest, PlatformsBeyondTheNumbersCountAsNone) {
  TraitNames names;
  EXPECT_EQ(names.platform_of(""), 0);
  const uint16_t first = names.platform_of("p0");
  for (int i = 1; i < 17'000; ++i) names.platform_of("p" + std::to_string(i));
  EXPECT_EQ(names.platform_of("p16999"), 0);
  EXPECT_EQ(names.traits_of("UTC", "p16382", 0xff).platform, 16'383);
  EXPECT_EQ(names.platform_of("p0"), first);
}

}  // namespace
}  // namespace tocsin::storage
