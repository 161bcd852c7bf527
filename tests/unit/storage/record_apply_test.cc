#include "storage/apply/record_apply.h"

#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/prng.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"
#include "storage/tables/stored_terms.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"
#include "tests/unit/storage/webhook_records.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Priority;

class RecordApplyTest : public testing::Test {
 protected:
  absl::StatusOr<cluster::Delivery> delivery(uint64_t id, uint32_t device, uint64_t now_ms) const {
    auto question = cluster::about<internal::DeliveryQuestion>(app, MessageId{id});
    question.set_device_id(cluster::bytes_of(device_id(device)));
    return store_.ask(question, now_ms);
  }

  RecordApplyTest() : now_ms_(wall_ms()), store_(folder_.path("db")) {
    store_.apply(app_created());
  }

  MessageOf message(uint64_t id, Priority priority = Priority::normal) const {
    return {id, priority, now_ms_, 3'600'000, app};
  }
  uint64_t size_of_set(const std::string& prefix) {
    const auto set = read_set(*store_.store, prefix);
    EXPECT_TRUE(set.ok());
    return set->size();
  }

  TempFolder folder_;
  uint64_t now_ms_;
  StoreUnderTest store_;
};

// -- Devices -------------------------------------------------------------------------------------

TEST_F(RecordApplyTest, OrdinalsAreDenseInEachShard) {
  for (uint32_t i = 0; i < 3; ++i) store_.apply(registered(device_id(i, 3)));
  store_.apply(registered(device_id(0, 200)));
  store_.apply(registered(device_id(9, 3), {}, AppId{8}));
  EXPECT_EQ(store_.ref(device_id(0, 3)), (DeviceRef{3, 0}));
  EXPECT_EQ(store_.ref(device_id(2, 3)), (DeviceRef{3, 2}));
  EXPECT_EQ(store_.ref(device_id(0, 200)), (DeviceRef{200, 0}));
  EXPECT_EQ(store_.registry->devices(), 5u);
  EXPECT_EQ(store_.registry->devices_of(app), 4u);
  EXPECT_EQ(store_.registry->devices_of(AppId{8}), 1u);
  EXPECT_TRUE(store_.registry->is_assigned({3, 3}))
      << "the other app's device is in the same partition";
  EXPECT_FALSE(store_.registry->is_assigned({3, 4}));
  EXPECT_FALSE(store_.registry->is_assigned({limits::partitions, 0}));
  EXPECT_EQ(size_of_set(app_set_prefix(app)), 4u);
}

TEST_F(RecordApplyTest, RegisteringAgainKeepsThePlaceAndAddsTags) {
  store_.apply(registered(device_id(1), {"a"}));
  store_.apply(registered(device_id(1), {"b", "a"}));
  const auto device = store_.registry->find(app, device_id(1));
  ASSERT_TRUE(device.ok() && device->has_value());
  EXPECT_EQ((*device)->ref, (DeviceRef{3, 0}));
  EXPECT_THAT((*device)->tags, ElementsAre("a", "b"));
  EXPECT_EQ(store_.registry->devices(), 1u);
}

TEST_F(RecordApplyTest, TagsAndTheirSetsGoTogether) {
  store_.apply(registered(device_id(1), {"a", "b"}));
  store_.apply(registered(device_id(2), {"a"}));
  store_.apply(tagged(device_id(1), {"c"}, {"a", "never had"}));
  EXPECT_EQ(size_of_set(tag_set_prefix(app, "a")), 1u);
  EXPECT_EQ(size_of_set(tag_set_prefix(app, "b")), 1u);
  EXPECT_EQ(size_of_set(tag_set_prefix(app, "c")), 1u);
  store_.apply(tagged(device_id(1), {"c"}, {"c"}));
  EXPECT_EQ(size_of_set(tag_set_prefix(app, "c")), 1u) << "removed, then added";
  store_.apply(tagged(device_id(99), {"c"}));
  EXPECT_EQ(size_of_set(tag_set_prefix(app, "c")), 1u) << "unknown device";
}

TEST_F(RecordApplyTest, ADeviceHasAtMostSoManyTags) {
  std::vector<std::string> tags;
  for (size_t i = 0; i < limits::tags_per_device_max + 5; ++i) tags.push_back(std::to_string(i));
  tags.push_back(std::string(limits::tag_bytes_max + 1, 'x'));
  store_.apply(registered(device_id(1), tags));
  const auto device = store_.registry->find(app, device_id(1));
  ASSERT_TRUE(device.ok() && device->has_value());
  EXPECT_EQ((*device)->tags.size(), limits::tags_per_device_max);
  EXPECT_EQ(size_of_set(tag_set_prefix(app, tags[limits::tags_per_device_max])), 0u);
}

// -- Sends to devices ----------------------------------------------------------------------------

TEST_F(RecordApplyTest, BooksOfASendToDevices) {
  store_.apply(registered(device_id(1)));
  store_.apply(registered(device_id(2)));
  store_.apply(to_devices(message(100), {device_id(1), device_id(2), device_id(2), device_id(77)}));
  EXPECT_EQ(store_.applied.to_devices.size(), 2u);
  Books books = store_.books(100);
  EXPECT_EQ(books.targeted, 3u) << "each device once";
  EXPECT_EQ(books.pending, 2u);
  EXPECT_EQ(books.dropped(), 1u) << "unknown";
  store_.apply(delivered(100, {store_.ref(device_id(1))}));
  store_.apply(delivered(100, {store_.ref(device_id(1))}));
  books = store_.books(100);
  EXPECT_EQ(books.delivered, 1u) << "the same ack twice changes nothing";
  EXPECT_EQ(books.pending, 1u);
  books = store_.books(100, now_ms_ + 3'600'000);
  EXPECT_EQ(books.pending, 0u);
  EXPECT_EQ(books.expired, 1u);
  EXPECT_EQ(store_.store->state().largest_message, MessageId{100});
}

TEST_F(RecordApplyTest, OpenedImpliesDeliveredAndCountsOnce) {
  store_.apply(registered(device_id(1)));
  store_.apply(registered(device_id(2)));
  store_.apply(registered(device_id(3)));
  store_.apply(to_devices(message(100), {device_id(1), device_id(2)}));
  const DeviceRef one = store_.ref(device_id(1));
  store_.apply(delivered(100, {one}, {one}));
  store_.apply(delivered(100, {}, {one}));
  store_.apply(delivered(100, {}, {store_.ref(device_id(2))}));
  store_.apply(delivered(100, {}, {store_.ref(device_id(3))}));
  const Books books = store_.books(100);
  EXPECT_EQ(books.delivered, 2u);
  EXPECT_EQ(books.opened, 2u) << "device 3 was never targeted";
}

TEST_F(RecordApplyTest, AcksFromPlacesNobodyHasAreIgnored) {
  store_.apply(registered(device_id(1)));
  store_.apply(to_devices(message(100), {device_id(1)}));
  store_.apply(to_everyone(message(101)));
  for (const uint64_t id : {100, 101, 102}) {
    store_.apply(delivered(id, {{3, 5}, {255, 0}, {70'000, 1}}, {{3, 6}}));
  }
  store_.apply(delivered(100, {{3, 0}}, {}, AppId{8}));
  EXPECT_EQ(store_.books(100).pending, 1u);
  EXPECT_EQ(store_.books(101).pending, 1u);
  EXPECT_EQ(store_.books(101).delivered, 0u);
}

TEST_F(RecordApplyTest, AnAcceptedMessageRepeatedIsOneMessage) {
  store_.apply(registered(device_id(1)));
  store_.apply(to_devices(message(100), {device_id(1)}));
  store_.apply(delivered(100, {store_.ref(device_id(1))}));
  store_.apply(to_devices(message(100), {device_id(1)}));
  EXPECT_EQ(store_.books(100).delivered, 1u);
  EXPECT_EQ(store_.books(100).pending, 0u);
}

TEST_F(RecordApplyTest, AFullInboxDropsTheOldestOfTheLowestLane) {
  store_.apply(registered(device_id(1)));
  store_.apply(to_devices(message(1, Priority::low), {device_id(1)}));
  store_.apply(to_devices(message(2, Priority::low), {device_id(1)}));
  for (uint64_t id = 3; id <= limits::inbox_messages_max; ++id) {
    store_.apply(to_devices(message(id, Priority::high), {device_id(1)}));
  }
  EXPECT_EQ(store_.books(1).pending, 1u);
  const uint64_t next = limits::inbox_messages_max + 1;
  store_.apply(to_devices(message(next, Priority::normal), {device_id(1)}));
  EXPECT_EQ(store_.books(1).dropped(), 1u);
  EXPECT_EQ(store_.books(2).pending, 1u);
  store_.apply(to_devices(message(next + 1, Priority::alert), {device_id(1)}));
  EXPECT_EQ(store_.books(2).dropped(), 1u);
  store_.applied.to_devices.clear();
  store_.apply(to_devices(message(next + 2, Priority::low), {device_id(1)}));
  EXPECT_EQ(store_.books(next + 2).dropped(), 1u) << "itself the lowest";
  EXPECT_TRUE(store_.applied.to_devices.empty());
  EXPECT_EQ(store_.books(next).pending, 1u);
  store_.apply(delivered(1, {store_.ref(device_id(1))}));
  EXPECT_EQ(store_.books(1).dropped(), 1u) << "dropped stays dropped";
  EXPECT_EQ(store_.books(1).delivered, 0u);
}

// Where the inbox begins is remembered between the records, and what comes may lie before it.
TEST_F(RecordApplyTest, AFullInboxDropsTheSameInWhateverOrderMessagesComeAndGo) {
  store_.apply(registered(device_id(1)));
  const DeviceRef device = store_.ref(device_id(1));
  Prng prng(11);
  std::vector<uint64_t> ids(3 * limits::inbox_messages_max);
  std::iota(ids.begin(), ids.end(), 1);
  for (size_t i = ids.size() - 1; i > 0; --i) std::swap(ids[i], ids[prng.below(i + 1)]);
  std::set<MessageOrder> inbox;
  std::set<uint64_t> dropped;
  for (const uint64_t id : ids) {
    // Seldom another lane: mostly the first of all is the one to go.
    const auto priority = prng.below(20) == 0 ? Priority::alert : Priority::normal;
    store_.apply(to_devices(message(id, priority), {device_id(1)}));
    inbox.insert(order_of(priority, MessageId{id}));
    if (inbox.size() > limits::inbox_messages_max) {
      const uint8_t lowest = inbox.rbegin()->lane;
      const auto victim = inbox.lower_bound(MessageOrder{lowest, MessageId{0}});
      dropped.insert(victim->message.value);
      inbox.erase(victim);
    }
    if (prng.below(10) == 0) {
      const auto gone = std::next(inbox.begin(), static_cast<ptrdiff_t>(prng.below(inbox.size())));
      store_.apply(delivered(gone->message.value, {device}));
      inbox.erase(gone);
    }
  }
  ASSERT_GT(dropped.size(), limits::inbox_messages_max);
  for (const uint64_t id : ids) EXPECT_EQ(store_.books(id).dropped(), dropped.count(id)) << id;
  Inbox::Cursor rows = store_.inbox->of(device);
  for (const MessageOrder& order : inbox) {
    const auto item = rows.next();
    ASSERT_TRUE(item.ok() && item->has_value());
    EXPECT_EQ((*item)->order, order);
  }
}

TEST_F(RecordApplyTest, ExpiredMessagesTakeNoRoomInTheInbox) {
  store_.apply(registered(device_id(1)));
  for (uint64_t id = 1; id <= limits::inbox_messages_max; ++id) {
    store_.apply(to_devices({id, Priority::normal, now_ms_, 1000, app}, {device_id(1)}));
  }
  store_.apply(to_devices({500, Priority::low, now_ms_ + 1000, 1000, app}, {device_id(1)}));
  EXPECT_EQ(store_.books(500, now_ms_ + 1000).pending, 1u);
  EXPECT_EQ(store_.books(1, now_ms_ + 1000).expired, 1u);
  EXPECT_EQ(store_.books(1, now_ms_ + 1000).dropped(), 0u);
}

TEST_F(RecordApplyTest, LateAcksCountForAWhileByTheLogsOwnTime) {
  store_.apply(registered(device_id(1)));
  for (const uint64_t id : {1, 2}) {
    store_.apply(to_devices({id, Priority::normal, now_ms_, 0, app}, {device_id(1)}));
  }
  const DeviceRef one = store_.ref(device_id(1));
  store_.apply(delivered(1, {one}));
  EXPECT_EQ(store_.books(1).delivered, 1u) << "now or never was now";
  store_.apply(
      to_devices({3, Priority::normal, now_ms_ + limits::late_ack_ms_max + 1, 1000, app}, {}));
  store_.apply(delivered(2, {one}));
  EXPECT_EQ(store_.books(2).delivered, 0u);
  EXPECT_EQ(store_.books(2).expired, 1u);
}

// -- Casts ---------------------------------------------------------------------------------------

TEST_F(RecordApplyTest, ACastsTargetIsFixedWhenItIsAccepted) {
  store_.apply(registered(device_id(1, 3), {"x"}));
  store_.apply(registered(device_id(2, 200), {"x"}));
  store_.apply(registered(device_id(3, 3)));
  store_.apply(to_tag(message(100), "x"));
  store_.apply(to_everyone(message(101)));
  store_.apply(tagged(device_id(1, 3), {}, {"x"}));
  store_.apply(registered(device_id(4, 3), {"x"}));
  EXPECT_EQ(store_.books(100).targeted, 2u);
  EXPECT_EQ(store_.books(101).targeted, 3u);
  EXPECT_EQ(store_.live_casts.size(), 2u);
  LiveCast* cast = store_.live_casts.find(app, MessageId{100});
  ASSERT_NE(cast, nullptr);
  EXPECT_TRUE(cast->is_pending_for(store_.ref(device_id(1, 3))));
  EXPECT_FALSE(cast->is_pending_for(store_.ref(device_id(4, 3))));
  EXPECT_EQ(store_.live_casts.find(AppId{8}, MessageId{100}), nullptr);
}

TEST_F(RecordApplyTest, BooksOfACastAreItsSets) {
  for (uint32_t i = 0; i < 10; ++i) store_.apply(registered(device_id(i)));
  store_.apply(to_everyone(message(100)));
  store_.apply(registered(device_id(10)));
  const DeviceRef one = store_.ref(device_id(1));
  const DeviceRef newcomer = store_.ref(device_id(10));
  store_.apply(delivered(100, {one}));
  store_.apply(delivered(100, {one}, {one}));
  EXPECT_EQ(store_.books(100).targeted, 10u);
  store_.apply(delivered(100, {newcomer}));
  const Books books = store_.books(100);
  EXPECT_EQ(books.targeted, 11u) << "a gateway reached one more: targeted grows by delivered";
  EXPECT_EQ(books.delivered, 2u);
  EXPECT_EQ(books.opened, 1u);
  EXPECT_EQ(books.pending, 9u);
  EXPECT_EQ(store_.books(100, now_ms_ + 3'600'000).expired, 9u);
}

TEST_F(RecordApplyTest, NowOrNeverCastsAreNeverLiveButHaveBooks) {
  for (uint32_t i = 0; i < 3; ++i) store_.apply(registered(device_id(i)));
  store_.apply(to_everyone({100, Priority::alert, now_ms_, 0, app}));
  EXPECT_EQ(store_.live_casts.size(), 0u);
  store_.apply(delivered(100, {store_.ref(device_id(1))}));
  const Books books = store_.books(100);
  EXPECT_EQ(books.delivered, 1u);
  EXPECT_EQ(books.expired, 2u);
  EXPECT_EQ(books.pending, 0u);
}

TEST_F(RecordApplyTest, ReportsEndWithTheirRetention) {
  store_.apply(to_everyone(message(100)));
  const uint64_t end_ms = now_ms_ + 3'600'000 + report_retention_ms;
  const auto about_it = cluster::about<internal::BooksQuestion>(app, MessageId{100});
  EXPECT_TRUE(store_.ask(about_it, end_ms).ok());
  EXPECT_EQ(store_.ask(about_it, end_ms + 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_.ask(cluster::about<internal::BooksQuestion>(AppId{8}, MessageId{100}), now_ms_)
                .status()
                .code(),
            absl::StatusCode::kNotFound);
}

TEST_F(RecordApplyTest, RetentionIsTheOperatorsAndTheStoreRemembersIt) {
  const std::string folder = folder_.path("short");
  constexpr uint64_t day_ms = 86'400'000;
  {
    const auto store = Store::open(folder, 7 * day_ms);
    ASSERT_TRUE(store.ok());
    EXPECT_TRUE(report_exists(now_ms_ - 7 * day_ms, now_ms_, (*store)->log_time()));
    EXPECT_FALSE(report_exists(now_ms_ - 7 * day_ms - 1, now_ms_, (*store)->log_time()));
    // As a crash would leave it: compactions go by the new retention from now on.
    const auto on_disk = Store::open_read_only(folder);
    ASSERT_TRUE(on_disk.ok()) << on_disk.status();
    EXPECT_EQ((*on_disk)->log_time().retention_ms(), 7 * day_ms);
  }
  const auto offline = Store::open_read_only(folder);
  ASSERT_TRUE(offline.ok()) << offline.status();
  EXPECT_EQ((*offline)->log_time().retention_ms(), 7 * day_ms);
}

TEST_F(RecordApplyTest, LiveCastsAreLoadedWithTheirSets) {
  for (uint32_t i = 0; i < 3; ++i) store_.apply(registered(device_id(i)));
  store_.apply(to_everyone(message(100)));
  store_.apply(to_everyone({101, Priority::normal, now_ms_ - 2000, 1000, app}));
  store_.apply(delivered(100, {store_.ref(device_id(1))}));
  LiveCasts loaded;
  ASSERT_TRUE(loaded.load(*store_.store, now_ms_, store_.names).ok());
  EXPECT_EQ(loaded.size(), 1u) << "the other has expired";
  const LiveCast* cast = loaded.find(app, MessageId{100});
  ASSERT_NE(cast, nullptr);
  EXPECT_FALSE(cast->is_pending_for(store_.ref(device_id(1))));
  EXPECT_TRUE(cast->is_pending_for(store_.ref(device_id(2))));
  loaded.sweep(now_ms_ + 3'600'000);
  EXPECT_EQ(loaded.size(), 0u);
  EXPECT_TRUE(loaded.of(app).empty());
}

// -- Withdrawn -----------------------------------------------------------------------------------

TEST_F(RecordApplyTest, ANewerMessageReplacesWhatIsPendingWithItsKey) {
  for (uint32_t i = 1; i <= 3; ++i) store_.apply(registered(device_id(i), {"x"}));
  const DeviceRef one = store_.ref(device_id(1));
  const DeviceRef two = store_.ref(device_id(2));
  store_.apply(collapsing(to_tag(message(100), "x"), "score"));
  store_.apply(collapsing(to_devices(message(101), {device_id(1), device_id(2)}), "score"));
  EXPECT_EQ(store_.books(100).replaced, 2u);
  EXPECT_EQ(store_.books(100).pending, 1u);
  EXPECT_FALSE(store_.live_casts.find(app, MessageId{100})->is_pending_for(one));
  store_.apply(delivered(101, {one}));
  store_.apply(collapsing(to_devices(message(102), {device_id(1), device_id(2)}), "score"));
  EXPECT_EQ(store_.books(101).delivered, 1u) << "what was delivered stays delivered";
  EXPECT_EQ(store_.books(101).replaced, 1u);
  const auto row = store_.inbox->find(two, order_of(Priority::normal, MessageId{101}));
  EXPECT_TRUE(row.ok() && !row->has_value());
  store_.apply(collapsing(to_everyone(message(103)), "score"));
  EXPECT_EQ(store_.books(100).pending, 0u);
  EXPECT_EQ(store_.books(102).replaced, 2u);
  store_.apply(collapsing(to_everyone(message(104)), "other"));
  EXPECT_EQ(store_.books(103).pending, 3u) << "another key";
  store_.apply(delivered(101, {two}));
  EXPECT_EQ(store_.books(101).delivered, 2u) << "it was on its way when it was replaced";
  EXPECT_EQ(store_.books(101).replaced, 0u);
}

TEST_F(RecordApplyTest, AMessageThatIsReplacedLeavesRoomInTheInbox) {
  store_.apply(registered(device_id(1)));
  for (uint64_t id = 1; id <= limits::inbox_messages_max; ++id) {
    store_.apply(collapsing(to_devices(message(id), {device_id(1)}), id == 7 ? "k" : ""));
  }
  store_.apply(collapsing(to_devices(message(900), {device_id(1)}), "k"));
  EXPECT_EQ(store_.books(7).replaced, 1u);
  EXPECT_EQ(store_.books(1).dropped(), 0u);
  EXPECT_EQ(store_.books(900).pending, 1u);
}

TEST_F(RecordApplyTest, ARecallWithdrawsWhatIsPendingAndTellsThoseThatHaveIt) {
  for (uint32_t i = 1; i <= 3; ++i) store_.apply(registered(device_id(i)));
  const DeviceRef one = store_.ref(device_id(1));
  const DeviceRef two = store_.ref(device_id(2));
  store_.apply(to_everyone(message(100)));
  store_.apply(delivered(100, {one}));
  store_.apply(recalled(100, now_ms_ + 10, 200));
  EXPECT_EQ(store_.books(100).recalled, 2u);
  EXPECT_EQ(store_.books(100).delivered, 1u);
  EXPECT_EQ(store_.books(100).recalled_at_ms, now_ms_ + 10);
  EXPECT_EQ(store_.live_casts.find(app, MessageId{100}), nullptr);
  EXPECT_THAT(store_.applied.withdrawn, ElementsAre(MessageId{100}));
  EXPECT_EQ(store_.books(200).targeted, 1u);
  ASSERT_EQ(store_.applied.resolved.size(), 1u);
  EXPECT_TRUE(store_.applied.resolved[0].targeted.contains(one));
  // It was on its way to device 2: it has the message, so it gets the notice.
  store_.applied.to_devices.clear();
  store_.apply(delivered(100, {two}));
  EXPECT_EQ(store_.books(100).recalled, 1u);
  EXPECT_EQ(store_.books(200).targeted, 2u);
  ASSERT_EQ(store_.applied.to_devices.size(), 1u);
  EXPECT_EQ(store_.applied.to_devices[0].device, two);
  EXPECT_EQ(store_.applied.to_devices[0].envelope->message, MessageId{200});
  store_.apply(recalled(100, now_ms_ + 20, 300));
  EXPECT_EQ(store_.books(100).recalled_at_ms, now_ms_ + 10) << "once";
}

TEST_F(RecordApplyTest, ARecallEmptiesInboxes) {
  store_.apply(registered(device_id(1)));
  store_.apply(to_devices(message(100), {device_id(1)}));
  store_.apply(recalled(100, now_ms_));
  EXPECT_EQ(store_.books(100).recalled, 1u);
  const auto row =
      store_.inbox->find(store_.ref(device_id(1)), order_of(Priority::normal, MessageId{100}));
  EXPECT_TRUE(row.ok() && !row->has_value());
  store_.apply(recalled(999, now_ms_));
}

// -- Attributes, audiences, deletion -------------------------------------------------------------

TEST_F(RecordApplyTest, AttributesAreSetsAndExpressionsFindThem) {
  const auto count = [&](const std::string& expression) {
    const auto set =
        find_audience(*store_.store, app, expression, now_ms_, StoredTerms::Unknown::error);
    EXPECT_TRUE(set.ok()) << expression << ": " << set.status();
    return set.ok() ? set->size() : 999;
  };
  for (uint32_t i = 1; i <= 4; ++i) {
    internal::Record device = registered(device_id(i, static_cast<uint8_t>(i)), {"x"});
    auto& entry = *device.mutable_device_registered();
    entry.set_app_version("2." + std::to_string(i * 3));  // 2.3, 2.6, 2.9, 2.12
    entry.set_language(i % 2 == 0 ? "ja" : "de");
    if (i <= 2) entry.set_alias("mia");
    entry.set_region(i == 4 ? "wx4g" : "u33d");
    store_.apply(device);
  }
  const DeviceRef three = store_.ref(device_id(3, 3));
  store_.apply(seen(day_of(now_ms_), {three}));
  store_.apply(seen(day_of(now_ms_) - 40, {store_.ref(device_id(1, 1))}));
  store_.apply(audience_of("beta", {device_id(2, 2), device_id(3, 3), device_id(77)}));
  EXPECT_EQ(count("alias:mia"), 2u);
  EXPECT_EQ(count("app_version > 2.6"), 2u);
  EXPECT_EQ(count("language:ja and tag:x and not app_version = 2.12"), 1u);
  EXPECT_EQ(count("region:wx4"), 1u);
  EXPECT_EQ(count("seen<=30d"), 1u);
  EXPECT_EQ(count("seen<=50d"), 2u);
  EXPECT_EQ(count("audience:beta and seen<=30d"), 1u);
  EXPECT_EQ(count("not audience:beta"), 2u);
  internal::Record change = tagged(device_id(1, 1), {});
  change.mutable_device_changed()->set_alias("");
  change.mutable_device_changed()->set_language("ja");
  store_.apply(change);
  EXPECT_EQ(count("alias:mia"), 1u);
  EXPECT_EQ(count("language:ja"), 3u);
  store_.apply(audience_of("beta", {device_id(1, 1)}, {}, true));
  EXPECT_EQ(count("audience:beta"), 1u);
  const auto unknown =
      find_audience(*store_.store, app, "audience:none", now_ms_, StoredTerms::Unknown::error);
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  store_.apply(to_audience(message(100), "language:ja and not alias:mia"));
  EXPECT_EQ(store_.books(100).targeted, 2u);
  ASSERT_EQ(store_.applied.resolved.size(), 1u);
  EXPECT_EQ(store_.applied.resolved[0].targeted.size(), 2u);
}

TEST_F(RecordApplyTest, ADeletedDeviceLeavesNothingBehind) {
  store_.apply(registered(device_id(1), {"x"}));
  const auto before = store_.dump();
  internal::Record device = registered(device_id(2), {"x", "y"});
  device.mutable_device_registered()->set_alias("mia");
  store_.apply(device);
  const DeviceRef two = store_.ref(device_id(2));
  store_.apply(to_devices(message(100), {device_id(2)}));
  store_.apply(to_everyone(message(101)));
  store_.apply(seen(day_of(now_ms_), {two}));
  store_.apply(audience_of("beta", {device_id(2)}));
  store_.apply(deleted(device_id(2), now_ms_));
  EXPECT_EQ(store_.books(100).dropped_device_deleted, 1u);
  EXPECT_EQ(store_.books(101).dropped_device_deleted, 1u);
  EXPECT_EQ(store_.books(101).pending, 1u);
  EXPECT_EQ(store_.registry->devices(), 1u);
  EXPECT_EQ(store_.registry->devices_of(app), 1u);
  EXPECT_FALSE(store_.registry->is_assigned(two));
  EXPECT_THAT(store_.applied.deleted, ElementsAre(two));
  for (const std::string& prefix :
       {app_set_prefix(app), tag_set_prefix(app, "x"), tag_set_prefix(app, "y"),
        attribute_set_prefix(app, Attribute::alias, "mia"),
        attribute_set_prefix(app, Attribute::platform, "linux"),
        seen_set_prefix(app, day_of(now_ms_)), uploaded_set_prefix(app, "beta")}) {
    const auto set = read_set(*store_.store, prefix);
    EXPECT_TRUE(set.ok() && !set->contains(two)) << prefix;
  }
  for (const auto& [key, value] : store_.dump()) {
    EXPECT_EQ(key.second.find(bytes_of(device_id(2))), std::string::npos);
    EXPECT_EQ(value.find(bytes_of(device_id(2))), std::string::npos);
  }
}

TEST_F(RecordApplyTest, AUserIsAllDevicesWithTheAlias) {
  for (uint32_t i = 1; i <= 3; ++i) {
    internal::Record device = registered(device_id(i, static_cast<uint8_t>(i)));
    if (i != 2) device.mutable_device_registered()->set_alias("mia");
    store_.apply(device);
  }
  store_.apply(alias_deleted("mia", now_ms_));
  EXPECT_EQ(store_.registry->devices(), 1u);
  const auto left = store_.registry->find(app, device_id(2, 2));
  EXPECT_TRUE(left.ok() && left->has_value());
}

TEST_F(RecordApplyTest, APlaceIsGivenAgainOnlyWhenNoMessageCanMentionIt) {
  store_.apply(registered(device_id(1)));
  store_.apply(registered(device_id(2)));
  store_.apply(deleted(device_id(1), now_ms_));
  store_.apply(registered(device_id(3)));
  EXPECT_EQ(store_.ref(device_id(3)), (DeviceRef{3, 2})) << "device 1's place is not free yet";
  internal::Record much_later = registered(device_id(4));
  much_later.mutable_device_registered()->set_registered_at_ms(ordinal_free_after_ms(now_ms_));
  store_.apply(much_later);
  EXPECT_EQ(store_.ref(device_id(4)), (DeviceRef{3, 0}));
  EXPECT_EQ(store_.registry->devices(), 3u);
  store_.apply(to_everyone(message(100)));
  const auto fate = delivery(100, 4, now_ms_);
  ASSERT_TRUE(fate.ok());
  EXPECT_EQ(fate->target(), cluster::Delivery::REGISTERED_LATER);
}

TEST_F(RecordApplyTest, EveryPairHasOneFate) {
  enum class Fate { not_targeted, pending, delivered, opened, expired, replaced, recalled };
  const auto fate_of = [&](uint64_t id, uint32_t device, uint64_t now_ms) {
    const auto found = delivery(id, device, now_ms);
    EXPECT_TRUE(found.ok()) << found.status();
    if (!found.ok() || found->target() != cluster::Delivery::TARGETED) return Fate::not_targeted;
    if (found->opened()) return Fate::opened;
    switch (found->state()) {
      case internal::PENDING:
        return Fate::pending;
      case internal::DELIVERED:
        return Fate::delivered;
      case internal::EXPIRED:
        return Fate::expired;
      case internal::REPLACED:
        return Fate::replaced;
      default:
        return found->state() == internal::RECALLED ? Fate::recalled : Fate::not_targeted;
    }
  };
  for (uint32_t i = 1; i <= 3; ++i) {
    internal::Record device = registered(device_id(i), {i < 3 ? "x" : "y"});
    device.mutable_device_registered()->set_registered_at_ms(now_ms_ - 1000);
    store_.apply(device);
  }
  const DeviceRef one = store_.ref(device_id(1));
  store_.apply(collapsing(to_tag(message(100), "x"), "k"));
  EXPECT_EQ(fate_of(100, 1, now_ms_), Fate::pending);
  EXPECT_EQ(fate_of(100, 1, now_ms_ + 3'600'000), Fate::expired);
  EXPECT_EQ(fate_of(100, 3, now_ms_), Fate::not_targeted);
  store_.apply(delivered(100, {one}));
  EXPECT_EQ(fate_of(100, 1, now_ms_), Fate::delivered);
  store_.apply(delivered(100, {}, {one}));
  EXPECT_EQ(fate_of(100, 1, now_ms_), Fate::opened);
  store_.apply(collapsing(to_everyone(message(101)), "k"));
  EXPECT_EQ(fate_of(100, 2, now_ms_), Fate::replaced);
  store_.apply(recalled(101, now_ms_));
  EXPECT_EQ(fate_of(101, 3, now_ms_), Fate::recalled);
  const auto unknown = delivery(101, 9, now_ms_);
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
}

// -- The log -------------------------------------------------------------------------------------

TEST_F(RecordApplyTest, RecordsThatCannotBeReadAreRefusedByPosition) {
  const auto before = store_.dump();
  internal::Record no_target = accepted(message(5));
  internal::Record bad_id = registered(device_id(1));
  bad_id.mutable_device_registered()->set_device_id("short");
  internal::Record bad_app = app_created();
  bad_app.mutable_app_created()->set_registration_key("short");
  internal::Record bad_priority = to_everyone(message(6));
  bad_priority.mutable_message_accepted()->mutable_envelope()->set_priority(9);
  for (const std::string& bytes : {std::string("\xff\xff"), std::string(),
                                   no_target.SerializeAsString(), bad_id.SerializeAsString(),
                                   bad_app.SerializeAsString(), bad_priority.SerializeAsString()}) {
    const auto status = store_.try_apply(bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("log record 2"));
  }
  EXPECT_EQ(differences(store_.dump(), before), std::vector<std::string>());
}

// A message that goes out in steps or to those who had few, or a step of one.
internal::Record rollout_record(Prng& prng, const MessageOf& message, uint64_t earlier,
                                uint64_t now_ms) {
  const auto step = static_cast<uint32_t>(1 + prng.below(3));
  switch (prng.below(5)) {
    case 0:
      return rolled_out(to_everyone(message), static_cast<uint32_t>(prng.below(2) * 100));
    case 1:
      return capped(rolled_out(to_tag(message, "t1")), 2);
    case 2:
      return capped(to_everyone(message), static_cast<uint32_t>(1 + prng.below(3)));
    case 3:
      return stopped(earlier, step, now_ms + 1000);
    default:
      return released(earlier, step, prng.below(20), now_ms + 1000);
  }
}

// A rollout, a call with a key, a schedule made, changed or dropped, or a message accepted once
// more.
internal::Record call_record(Prng& prng, const MessageOf& message, uint64_t earlier,
                             uint64_t now_ms) {
  if (prng.below(2) == 0) return rollout_record(prng, message, earlier, now_ms);
  const std::string tag = "t" + std::to_string(prng.below(4));
  switch (prng.below(4)) {
    case 0:
      return keyed(labelled(to_tag(message, tag), tag, "g"), "k" + tag);
    case 1:
      return scheduled(message.id, message.accepted_at_ms + prng.below(5));
    case 2:
      return prng.below(2) == 0 ? scheduled(earlier, now_ms) : unscheduled(earlier);
    default: {
      MessageOf again = message;
      again.id = earlier;
      return keyed(to_everyone(again), "again");
    }
  }
}

// A webhook set or removed, or what it has had, given up and got again of its events.
void add_webhook_records(Prng& prng, uint64_t events, std::vector<internal::Record>& log) {
  if (prng.below(2) == 0) return log.push_back(webhook_set(prng.below(8) == 0 ? "" : "https://a/"));
  const uint64_t event = 1 + prng.below(events);
  log.push_back(
      webhook_advanced(event, event + prng.below(20), prng.below(2) == 0 ? "answered 500" : ""));
  log.push_back(dead_letters_changed({1 + prng.below(event)}, prng.below(2) == 0));
}

// A log of everything that can happen, from a seed.
std::vector<internal::Record> random_log(uint64_t seed, uint64_t now_ms, int count) {
  Prng prng(seed);
  std::vector<internal::Record> log = {app_created()};
  const auto some_device = [&] {
    return device_id(static_cast<uint32_t>(prng.below(40)), static_cast<uint8_t>(prng.below(4)));
  };
  const auto some_ref = [&] {
    return DeviceRef{static_cast<uint32_t>(prng.below(5)), static_cast<uint32_t>(prng.below(45))};
  };
  for (int i = 0; i < count; ++i) {
    const std::string tag = "t" + std::to_string(prng.below(4));
    const MessageOf message{static_cast<uint64_t>(i + 1), static_cast<Priority>(1 + prng.below(4)),
                            now_ms + prng.below(1000), prng.below(3) * 1'800'000, app};
    const uint64_t earlier = 1 + prng.below(static_cast<uint64_t>(i + 1));
    switch (prng.below(20)) {
      case 0:
        log.push_back(registered(some_device(), {tag}));
        break;
      case 1:
        log.push_back(tagged(some_device(), {tag}, {"t0"}));
        break;
      case 2:
        log.push_back(to_everyone(message));
        break;
      case 3:
        log.push_back(to_tag(message, tag));
        break;
      case 8:
        log.push_back(deleted(some_device(), now_ms + 1000));
        break;
      case 9:
        log.push_back(recalled(earlier, now_ms + 1000, prng.below(2) * (1'000'000 + message.id)));
        break;
      case 10:
        log.push_back(collapsing(to_tag(message, tag), "k"));
        break;
      case 11:
        log.push_back(collapsing(to_devices(message, {some_device(), some_device()}), "k"));
        break;
      case 12:
        log.push_back(audience_of("a", {some_device()}, {some_device()}, prng.below(5) == 0));
        log.push_back(seen(day_of(now_ms), {some_ref()}));
        break;
      case 13:
        log.push_back(to_audience(message, "tag:t1 and not audience:a or seen<=2d"));
        break;
      case 14:
      case 15:
      case 16:
      case 17:
        log.push_back(call_record(prng, message, earlier, now_ms));
        break;
      case 18:
        log.push_back(prng.below(3) == 0 ? key_removed(tag) : key_put(tag));
        log.push_back(taking(delivered(earlier, {some_ref()}), 9, 1));
        break;
      case 19:
        add_webhook_records(prng, static_cast<uint64_t>(i + 1), log);
        break;
      case 4:
        log.push_back(to_devices(message, {some_device(), some_device()}));
        break;
      default:
        log.push_back(delivered(earlier, {some_ref(), some_ref()}, {some_ref()}));
        log.back().mutable_messages_delivered()->set_gathered_at_ms(prng.below(2) * now_ms);
        break;
    }
  }
  return log;
}

class DeterminismTest : public testing::TestWithParam<uint64_t> {};

TEST_P(DeterminismTest, TheSameLogGivesTheSameStoreHoweverItWasInterrupted) {
  SCOPED_TRACE("replay with --gtest_filter=*Determinism*/" + std::to_string(GetParam()));
  const TempFolder folder;
  const auto log = random_log(GetParam(), wall_ms(), 1500);
  StoreUnderTest straight(folder.path("straight"));
  for (const auto& record : log) straight.apply(record);

  // The other one is flushed and reopened again and again, and each time loses what it had not
  // flushed, as a crash would have it.
  Prng prng(GetParam() + 1);
  auto broken = std::make_unique<StoreUnderTest>(folder.path("broken"));
  while (broken->store->state().position < log.size()) {
    const auto position = static_cast<size_t>(broken->store->state().position);
    for (size_t i = position; i < log.size() && i < position + 400; ++i) {
      broken->apply(log[i]);
      if (prng.below(100) == 0) {
        ASSERT_TRUE(broken->store->flush(true).ok());
      }
    }
    const auto persisted = broken->store->persisted_position();
    ASSERT_TRUE(persisted.ok());
    const std::string copy = folder.path("copy" + std::to_string(prng.next()));
    copy_at_rest(folder.path("broken"), copy);
    broken.reset();
    std::filesystem::remove_all(folder.path("broken"));
    std::filesystem::rename(copy, folder.path("broken"));
    broken = std::make_unique<StoreUnderTest>(folder.path("broken"));
    ASSERT_EQ(broken->store->state().position, *persisted);
    if (*persisted <= position) {
      // No progress was flushed in this round; make sure of some.
      broken->apply(log[position]);
      ASSERT_TRUE(broken->store->flush(true).ok());
    }
  }
  EXPECT_EQ(differences(broken->dump(), straight.dump()), std::vector<std::string>());
  for (const auto& record : log) {
    if (record.has_message_accepted()) {
      straight.books(record.message_accepted().envelope().message_id());
    }
  }
  EXPECT_EQ(straight.apps.table()->find(app)->keys.size(),
            broken->apps.table()->find(app)->keys.size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, DeterminismTest, testing::Values(1, 2, 3));

}  // namespace
}  // namespace tocsin::storage
