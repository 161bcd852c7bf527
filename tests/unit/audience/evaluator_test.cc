#include "audience/evaluator.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audience/parser.h"
#include "audience/version_order.h"
#include "base/prng.h"

#include "tests/unit/audience/random_audience.h"

namespace tocsin::audience {
namespace {

using Kind = Expression::Kind;

constexpr uint32_t today = 20'000;

struct Device {
  DeviceRef place;
  std::set<std::string> tags;
  std::set<std::string> aliases;
  std::set<std::string> audiences;
  std::string cell;
  std::map<Field, std::string> attributes;
  uint32_t seen_on = 0;
};

// The terms of a handful of devices, straight from what each device is; counts what is asked.
class Fleet : public Terms {
 public:
  explicit Fleet(std::vector<Device> devices) : devices_(std::move(devices)) {}

  absl::StatusOr<sets::DeviceSet> everyone() const override {
    ++everyone_asked;
    return all([](const Device&) { return true; });
  }
  absl::StatusOr<sets::DeviceSet> tag(std::string_view name) const override {
    return all([&](const Device& device) { return device.tags.contains(std::string(name)); });
  }
  absl::StatusOr<sets::DeviceSet> alias(std::string_view name) const override {
    return all([&](const Device& device) { return device.aliases.contains(std::string(name)); });
  }
  absl::StatusOr<sets::DeviceSet> audience(std::string_view name) const override {
    if (name == "unknown") return absl::NotFoundError("no audience unknown");
    return all([&](const Device& device) { return device.audiences.contains(std::string(name)); });
  }
  absl::StatusOr<sets::DeviceSet> region(std::string_view prefix) const override {
    return all([&](const Device& device) { return device.cell.starts_with(prefix); });
  }
  absl::StatusOr<std::vector<std::string>> values_of(Field attribute) const override {
    std::set<std::string> values;
    for (const Device& device : devices_) {
      const auto at = device.attributes.find(attribute);
      if (at != device.attributes.end()) values.insert(at->second);
    }
    return std::vector<std::string>(values.begin(), values.end());
  }
  absl::StatusOr<sets::DeviceSet> with_value(Field attribute,
                                             std::string_view value) const override {
    values_asked.insert(std::string(value));
    return all([&](const Device& device) {
      const auto at = device.attributes.find(attribute);
      return at != device.attributes.end() && at->second == value;
    });
  }
  absl::StatusOr<sets::DeviceSet> seen_since(uint32_t day) const override {
    return all([&](const Device& device) { return device.seen_on >= day; });
  }

  const std::vector<Device>& devices() const { return devices_; }

  mutable int everyone_asked = 0;
  mutable std::set<std::string> values_asked;

 private:
  template <typename Predicate>
  sets::DeviceSet all(Predicate holds) const {
    sets::DeviceSet set;
    for (const Device& device : devices_) {
      if (holds(device)) set.add(device.place);
    }
    return set;
  }

  std::vector<Device> devices_;
};

std::set<std::string> some_words(Prng& prng) {
  std::set<std::string> words;
  for (const std::string& word : test::audience_words()) {
    if (prng.below(3) == 0) words.insert(word);
  }
  return words;
}

Fleet random_fleet(uint64_t seed) {
  Prng prng(seed);
  const auto word = [&] {
    return test::audience_words()[prng.below(test::audience_words().size())];
  };
  std::vector<Device> devices;
  for (uint32_t i = 0; i < 200; ++i) {
    Device device{.place = {static_cast<uint32_t>(prng.below(6)) * 51, i},
                  .tags = some_words(prng),
                  .aliases = some_words(prng),
                  .audiences = some_words(prng),
                  .cell = word() + word(),
                  .attributes = {},
                  .seen_on = today - static_cast<uint32_t>(prng.below(120))};
    for (size_t field = static_cast<size_t>(Field::platform);
         field <= static_cast<size_t>(Field::sdk_version); ++field) {
      if (prng.below(4) != 0) device.attributes[static_cast<Field>(field)] = word();
    }
    devices.push_back(std::move(device));
  }
  return Fleet(std::move(devices));
}

bool version_holds(const std::string& value, const Term& term) {
  const auto order = compare_versions(value, term.text);
  switch (term.comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::at_most:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::at_least:
      return order >= 0;
  }
  return false;
}

bool is_term_of(const Term& term, const Device& device) {
  switch (term.field) {
    case Field::everyone:
      return true;
    case Field::tag:
      return device.tags.contains(term.text);
    case Field::alias:
      return device.aliases.contains(term.text);
    case Field::audience:
      return device.audiences.contains(term.text);
    case Field::region:
      return device.cell.starts_with(term.text);
    case Field::seen:
      return device.seen_on + term.days >= today;
    default:
      break;
  }
  const auto at = device.attributes.find(term.field);
  if (at == device.attributes.end()) return false;
  const bool is_version = shape_of(term.field).kind == FieldKind::version;
  return is_version ? version_holds(at->second, term) : at->second == term.text;
}

// What the words say, for one device.
bool is_in(const Expression& expression, const Device& device) {
  const auto holds = [&](const Expression& operand) { return is_in(operand, device); };
  const auto& operands = expression.operands();
  switch (expression.kind()) {
    case Kind::term:
      return is_term_of(expression.term(), device);
    case Kind::negation:
      return !holds(operands.front());
    case Kind::conjunction:
      return std::all_of(operands.begin(), operands.end(), holds);
    case Kind::disjunction:
      return std::any_of(operands.begin(), operands.end(), holds);
  }
  return false;
}

Expression parsed(const std::string& text) {
  auto expression = parse(text);
  EXPECT_TRUE(expression.ok()) << text << ": " << expression.status();
  return *std::move(expression);
}

std::set<uint32_t> ordinals(const Fleet& fleet, const std::string& text) {
  const auto set = evaluate(parsed(text), fleet, today);
  EXPECT_TRUE(set.ok()) << text << ": " << set.status();
  std::set<uint32_t> found;
  for (const Device& device : fleet.devices()) {
    if (set->contains(device.place)) found.insert(device.place.ordinal);
  }
  EXPECT_EQ(found.size(), set->size());
  return found;
}

// Ordinals 0 to 3; 3 has told nothing about itself.
Fleet four_devices() {
  using enum Field;
  return Fleet({{.place = {7, 0},
                 .tags = {"a", "b"},
                 .aliases = {"ann"},
                 .audiences = {"spring"},
                 .cell = "wx4g0",
                 .attributes = {{platform, "ios"}, {app_version, "2.9"}},
                 .seen_on = today},
                {.place = {7, 1},
                 .tags = {"a"},
                 .aliases = {},
                 .audiences = {},
                 .cell = "wx5",
                 .attributes = {{platform, "android"}, {app_version, "2.10"}},
                 .seen_on = today - 30},
                {.place = {200, 2},
                 .tags = {"b"},
                 .aliases = {"ann"},
                 .audiences = {},
                 .cell = "wx4",
                 .attributes = {{platform, "android"}, {app_version, "2.9.0"}},
                 .seen_on = today - 31},
                {.place = {200, 3},
                 .tags = {},
                 .aliases = {},
                 .audiences = {},
                 .cell = "",
                 .attributes = {},
                 .seen_on = 0}});
}

TEST(AudienceEvaluatorTest, EachTermFindsItsDevices) {
  const Fleet fleet = four_devices();
  const std::vector<std::pair<std::string, std::set<uint32_t>>> cases = {
      {"everyone", {0, 1, 2, 3}},
      {"not everyone", {}},
      {"tag:a", {0, 1}},
      {"tag:nobody", {}},
      {"alias:ann", {0, 2}},
      {"audience:spring", {0}},
      {"region:wx4", {0, 2}},
      {"region:wx4g0", {0}},
      {"platform:android", {1, 2}},
      {"app_version=2.9", {0, 2}},
      {"app_version>2.9", {1}},
      {"app_version>=2.9", {0, 1, 2}},
      {"app_version<2.10", {0, 2}},
      {"app_version!=2.9", {1}},
      {"not app_version=2.9", {1, 3}},
      {"seen<=30d", {0, 1}},
      {"not seen<=30d", {2, 3}},
      {"seen<=31d", {0, 1, 2}},
      {"tag:a and not tag:b", {1}},
      {"tag:a and tag:b or not platform:android", {0, 3}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(ordinals(fleet, text), expected) << text;
}

TEST(AudienceEvaluatorTest, AgreesWithAskingEachDevice) {
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const Fleet fleet = random_fleet(seed % 7);
    Prng prng(seed);
    const Expression expression = test::random_audience(prng, 1 + seed % 5);
    const std::string where = "seed " + std::to_string(seed) + ": " + text_of(expression);
    const auto set = evaluate(expression, fleet, today);
    ASSERT_TRUE(set.ok()) << where << set.status();
    EXPECT_LE(fleet.everyone_asked, 1) << where;
    uint64_t size = 0;
    for (const Device& device : fleet.devices()) {
      const bool expected = is_in(expression, device);
      size += expected;
      ASSERT_EQ(set->contains(device.place), expected)
          << where << ": device " << device.place.ordinal;
    }
    ASSERT_EQ(set->size(), size) << where;
    const auto count = audience::count(expression, fleet, today);
    ASSERT_TRUE(count.ok()) << where;
    ASSERT_EQ(*count, size) << where;
  }
}

TEST(AudienceEvaluatorTest, AsksForEveryoneOnlyWhenTheOutcomeNeedsThem) {
  const std::vector<std::pair<std::string, int>> cases = {
      {"tag:a", 0},
      {"tag:a and not tag:b", 0},
      {"not tag:b and tag:a and not tag:c", 0},
      {"everyone and tag:a", 0},
      {"not (tag:a or not tag:b)", 0},
      {"not everyone", 0},
      {"not tag:a", 1},
      {"everyone and not tag:a", 1},
      {"(tag:a and tag:b) or not tag:c", 1},
      {"not tag:a or not tag:b or not (tag:c and not tag:d)", 1},
  };
  for (const auto& [text, times] : cases) {
    const Fleet fleet = four_devices();
    ASSERT_TRUE(evaluate(parsed(text), fleet, today).ok());
    EXPECT_EQ(fleet.everyone_asked, times) << text;
    ASSERT_TRUE(audience::count(parsed(text), fleet, today).ok());
    EXPECT_EQ(fleet.everyone_asked, 2 * times) << text;
  }
}

TEST(AudienceEvaluatorTest, ReadsOnlyTheVersionsThatMatch) {
  const Fleet fleet = four_devices();
  ASSERT_TRUE(evaluate(parsed("app_version<2.10"), fleet, today).ok());
  EXPECT_EQ(fleet.values_asked, (std::set<std::string>{"2.9", "2.9.0"}));
}

TEST(AudienceEvaluatorTest, TheErrorOfATermIsTheOutcomeWhereverItStands) {
  const Fleet fleet = four_devices();
  for (const std::string text :
       {"audience:unknown", "not audience:unknown", "tag:nobody and audience:unknown",
        "everyone or audience:unknown", "tag:a and (tag:b or not audience:unknown)"}) {
    EXPECT_EQ(evaluate(parsed(text), fleet, today).status().code(), absl::StatusCode::kNotFound)
        << text;
    EXPECT_EQ(audience::count(parsed(text), fleet, today).status().code(),
              absl::StatusCode::kNotFound)
        << text;
  }
}

TEST(AudienceEvaluatorTest, AWindowLongerThanTimeIsAllOfTime) {
  const Fleet fleet = four_devices();
  const auto set = evaluate(parsed("seen<=90d"), fleet, 5);
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->size(), 4u);
}

}  // namespace
}  // namespace tocsin::audience
