// The offline check: silent about good data, and for each kind of damage a finding that names it.
#include "storage/check/store_check.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fixed_int.h"
#include "cluster/embedded_log.h"
#include "storage/store/expiry.h"
#include "storage/store/inbox_row.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"

#include "tests/unit/cluster/await.h"
#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/store_state.h"
#include "tests/unit/storage/webhook_records.h"

namespace tocsin::storage {
namespace {

namespace fs = std::filesystem;
using namespace test;  // NOLINT: the record builders
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr AppId other_app{8};
const DeviceRef one{3, 0};
const DeviceRef two{3, 1};
const DeviceRef of_other_app{3, 2};
// What became of the messages of good_records().
constexpr uint64_t waiting = 100;       // for device 1
constexpr uint64_t acknowledged = 101;  // by device 1, opened
constexpr uint64_t cast = 102;          // to tag x, delivered to device 1
constexpr uint64_t kept = 103;          // with everything that is kept beside a message
constexpr uint64_t later = 104;         // a schedule

MessageOf message(uint64_t id) { return {id, wire::Priority::normal, start_ms, 3'600'000, app}; }

std::vector<internal::Record> good_records() {
  return {
      app_created(),
      app_created(other_app, "other"),
      registered(device_id(1), {"x", "y"}),
      registered(device_id(2), {"x"}),
      registered(device_id(3), {"x"}, other_app),
      registered(device_id(4, 200)),
      to_devices(message(waiting), {device_id(1), device_id(77)}),
      to_devices(message(acknowledged), {device_id(1)}),
      to_tag(message(cast), "x"),
      webhook_set(),
      delivered(acknowledged, {one}, {one}),
      delivered(cast, {one}),
      key_put("ci"),
      keyed(labelled(to_tag(message(kept), "x"), "news", "eu"), "call-1"),
      taking(delivered(kept, {one}), 12, 1),
      scheduled(later, start_ms + 60'000),
      scheduled(later + 1, start_ms + 30'000),
      unscheduled(later + 1),
      webhook_advanced(1, 1, "answered 410"),
  };
}

class StoreCheckTest : public testing::Test {
 protected:
  StoreCheckTest() {
    auto log = cluster::EmbeddedLog::open(log_folder());
    EXPECT_TRUE(log.ok());
    StoreUnderTest store(store_folder());
    for (const internal::Record& record : good_records()) {
      EXPECT_TRUE(append_and_wait(**log, record.SerializeAsString()).ok());
      store.apply(record);
    }
    EXPECT_TRUE(store.store->flush(/*wait=*/true).ok());
  }

  std::string log_folder() const { return folder_.path("log"); }
  std::string store_folder() const { return folder_.path("store"); }
  std::string log_file() const { return log_folder() + "/00000000000000000001.log"; }

  absl::StatusOr<CheckSummary> check() {
    findings_.clear();
    notes_.clear();
    cluster::CheckReport report([this](auto kind, const std::string& line) {
      if (kind == cluster::CheckReport::Kind::finding) findings_.push_back(line);
      if (kind == cluster::CheckReport::Kind::note) notes_.push_back(line);
    });
    return check_data(log_folder(), store_folder(), report);
  }
  // More of the same history; then rows that a compaction has taken.
  void go_on(
      const std::vector<internal::Record>& records,
      const std::function<void(Batch&)>& take = [](auto&) {}) {
    auto log = cluster::EmbeddedLog::open(log_folder());
    ASSERT_TRUE(log.ok());
    StoreUnderTest store(store_folder());
    for (const internal::Record& record : records) {
      ASSERT_TRUE(append_and_wait(**log, record.SerializeAsString()).ok());
      store.apply(record);
    }
    Batch taken = store.store->batch();
    take(taken);
    ASSERT_TRUE(store.store->write(taken, store.store->state()).ok());
    ASSERT_TRUE(store.store->flush(/*wait=*/true).ok());
  }
  // The rows of two messages, whose reports end at `end_ms`, are not all there.
  void half_delete(uint64_t end_ms) {
    MessageOf first = message(200);
    first.accepted_at_ms = end_ms - report_retention_ms - first.ttl_ms;
    MessageOf second = first;
    second.id = 201;
    const BookId book{MessageId{201}, first.accepted_at_ms + first.ttl_ms};
    go_on({to_tag(first, "x"), to_tag(second, "x"), delivered(200, {one}, {one}),
           delivered(201, {one}, {one}), registered(device_id(1))},
          [&](Batch& taken) {
            taken.remove(Family::casts, message_key(true, app, MessageId{200}));
            taken.remove(Family::sets,
                         set_key(book_set_prefix(book, BookSet::delivered), one.partition));
          });
  }
  void expect_finding(const std::string& text) {
    const auto checked = check();
    ASSERT_TRUE(checked.ok()) << checked.status();
    EXPECT_THAT(findings_, Contains(HasSubstr(text)));
  }

  TempFolder folder_;
  std::vector<std::string> findings_;
  std::vector<std::string> notes_;
};

// -- What may be gone ----------------------------------------------------------------------------

TEST_F(StoreCheckTest, WhatACompactionTookBeforeTheCrashIsNoFinding) {
  // By this store's log time it may not go yet, but the server's was ahead of it.
  half_delete(start_ms - limits::late_ack_ms_max / 2);
  ASSERT_TRUE(check().ok());
  EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(StoreCheckTest, WhatNoCompactionCanHaveTakenIsAFinding) {
  half_delete(start_ms + 1);
  expect_finding("is of the books of message 00000000000000c8, which is not stored");
  EXPECT_THAT(findings_, Contains(HasSubstr("1 devices have it opened, but not delivered")));
}

TEST_F(StoreCheckTest, ADeletedDeviceMayStayInTheSetsOfDaysThatNobodyAsksFor) {
  const DeviceRef device{200, 0};
  std::vector<internal::Record> records;
  for (uint32_t ago = 0; ago <= limits::audience_windows_days_max + 5; ++ago) {
    records.push_back(seen(day_of(start_ms) - ago, {device}));
  }
  records.push_back(deleted(device_id(4, 200), start_ms));
  go_on(records);
  ASSERT_TRUE(check().ok());
  EXPECT_THAT(findings_, IsEmpty());
}

// Name, size and content of every file.
std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().string()] = std::string(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

void flip_byte(const std::string& file, uint64_t offset) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(offset));
  const char flipped = static_cast<char>(bytes.get() ^ 0x20);
  bytes.seekp(static_cast<std::streamoff>(offset));
  bytes.put(flipped);
  ASSERT_TRUE(bytes.good());
}

TEST_F(StoreCheckTest, GoodDataHasNoFindingsAndIsNotChanged) {
  const auto before = content_of(folder_.path());
  const auto checked = check();
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_THAT(notes_, IsEmpty());
  EXPECT_EQ(checked->log.records, good_records().size());
  EXPECT_EQ(checked->log.last, good_records().size());
  EXPECT_EQ(checked->position, good_records().size());
  EXPECT_EQ(checked->devices, 4u);
  EXPECT_EQ(checked->messages, 4u);
  EXPECT_GT(checked->rows, 20u);
  EXPECT_EQ(content_of(folder_.path()), before);
}

TEST_F(StoreCheckTest, AStoreThatWasNeverFlushedIsBehindItsLogAndWell) {
  fs::remove_all(store_folder());
  StoreUnderTest fresh(store_folder());
  const auto checked = check();
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_EQ(checked->position, 0u);
}

TEST_F(StoreCheckTest, WithoutAStoreACompleteLogIsEnough) {
  fs::remove_all(store_folder());
  ASSERT_TRUE(check().ok());
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_THAT(notes_, Contains(HasSubstr("there is no store in " + store_folder())));
}

TEST_F(StoreCheckTest, DataInUseAndDataThatIsNotThereCannotBeChecked) {
  {
    const auto running = cluster::EmbeddedLog::open(log_folder());
    ASSERT_TRUE(running.ok());
    const auto checked = check();
    EXPECT_EQ(checked.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(checked.status().message()), HasSubstr("in use by another process"));
  }
  fs::remove_all(log_folder());
  EXPECT_EQ(check().status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(log_folder())) << "nothing is made";
}

// -- Files ---------------------------------------------------------------------------------------

TEST_F(StoreCheckTest, ADamagedFileOfTheStoreIsNamed) {
  std::string file;
  for (const auto& entry : fs::directory_iterator(store_folder())) {
    if (entry.path().extension() == ".sst") file = entry.path().string();
  }
  ASSERT_FALSE(file.empty());
  flip_byte(file, 8);
  expect_finding(fs::path(file).filename().string());
}

TEST_F(StoreCheckTest, AMissingFileOfTheStoreIsAFinding) {
  for (const auto& entry : fs::directory_iterator(store_folder())) {
    if (entry.path().extension() == ".sst") fs::remove(entry.path());
  }
  expect_finding(store_folder());
}

TEST_F(StoreCheckTest, ADamagedRecordOfTheLogIsNamedByFileAndOffset) {
  flip_byte(log_file(), 16 + 16 + 3);
  expect_finding("log file " + log_file() + " is damaged at offset 16");
  EXPECT_THAT(findings_, Contains(HasSubstr("restore the file from a copy")));
}

TEST_F(StoreCheckTest, ATornTailOfTheLogIsANote) {
  std::ofstream(log_file(), std::ios::app | std::ios::binary) << "half a rec";
  ASSERT_TRUE(check().ok());
  EXPECT_THAT(findings_, IsEmpty());
  EXPECT_THAT(notes_, Contains(HasSubstr("a torn tail of 10 bytes")));
}

TEST_F(StoreCheckTest, ALogThatEndsBeforeTheStoreIsAFinding) {
  fs::remove_all(log_folder());
  auto log = cluster::EmbeddedLog::open(log_folder());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(append_and_wait(**log, app_created().SerializeAsString()).ok());
  log->reset();
  expect_finding("the log has positions 1 to 1, the store is at 19, beyond its end");
}

TEST_F(StoreCheckTest, ARecordOfAnotherVersionIsAFinding) {
  auto log = cluster::EmbeddedLog::open(log_folder());
  ASSERT_TRUE(log.ok());
  ASSERT_TRUE(append_and_wait(**log, "\xff\xff not a record").ok());
  log->reset();
  expect_finding("log record 20 is not a record");
}

TEST_F(StoreCheckTest, AHoleBetweenLogFilesIsAFinding) {
  std::string head;
  cluster::append_log_file_head(21, head);
  std::ofstream(log_folder() + "/00000000000000000021.log", std::ios::binary) << head;
  expect_finding("does not follow: the file before it ends at position 19");
}

// -- Rows ----------------------------------------------------------------------------------------

struct Planted {
  std::string name;
  std::function<void(Store&, Batch&)> plant;
  std::string finding;
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

std::string le32(uint32_t value) {
  std::string bytes;
  put_le(value, bytes);
  return bytes;
}
std::string le64(uint64_t value) {
  std::string bytes;
  put_le(value, bytes);
  return bytes;
}
BookId book_of(uint64_t id) {
  return {MessageId{id}, message(id).accepted_at_ms + message(id).ttl_ms};
}
std::string inbox_row_key(DeviceRef device, uint64_t id) {
  return inbox_key(device, order_of(wire::Priority::normal, MessageId{id}));
}
std::string inbox_row(uint64_t id) { return InboxRow{book_of(id).expires_at_ms, app}.serialize(); }
std::string device_row(Store& store, const DeviceId& device) {
  return **store.get(Family::devices, device_key(app, device));
}

std::vector<Planted> planted_in_devices() {
  return {
      {"ADeviceRowIsGone",
       [](Store&, auto& batch) { batch.remove(Family::devices, device_key(app, device_id(1))); },
       "holds 1 devices whose rows do not say so"},
      {"ADeviceRowIsGarbage",
       [](Store&, auto& batch) {
         batch.put(Family::devices, device_key(app, device_id(1)), "\xff\xff");
       },
       "is not a device"},
      {"ADeviceRowIsAnothers",
       [](Store& store, auto& batch) {
         batch.put(Family::devices, device_key(other_app, device_id(9)),
                   device_row(store, device_id(1)));
       },
       "says it is a device of app number 7"},
      {"TwoDevicesHaveOneOrdinal",
       [](Store& store, auto& batch) {
         batch.put(Family::devices, device_key(app, device_id(9)), device_row(store, device_id(1)));
       },
       "has ordinal 0 of partition 3, which another device has, too"},
      {"AnOrdinalIsInTwoApps",
       [](Store&, auto& batch) { add_to_set(batch, app_set_prefix(other_app), one); },
       "holds 1 devices whose rows do not say so"},
      {"ADeviceIsNotInItsApp",
       [](Store&, auto& batch) { remove_from_set(batch, app_set_prefix(app), one); },
       "lacks 1 devices whose rows put them into it"},
      {"ADeviceIsNotInItsTag",
       [](Store&, auto& batch) { remove_from_set(batch, tag_set_prefix(app, "x"), two); },
       "lacks 1 devices whose rows put them into it"},
      {"ADeviceIsInATagItDoesNotHave",
       [](Store&, auto& batch) { add_to_set(batch, tag_set_prefix(app, "y"), two); },
       "holds 1 devices whose rows do not say so"},
      {"ATagIsGone",
       [](Store&, auto& batch) {
         batch.remove(Family::sets, set_key(tag_set_prefix(app, "y"), one.partition));
       },
       "is missing; the rows of 1 devices put them into it"},
      {"TheCountIsWrong",
       [](Store&, auto& batch) { batch.put(Family::meta, device_count_key(app), le64(5)); },
       "app number 7 has 5 devices by its count and 3 rows"},
      {"TheNextOrdinalWasGivenAlready",
       [](Store&, auto& batch) { batch.put(Family::meta, next_ordinal_key(3), le32(1)); },
       "has ordinal 1, but the next one to be given in partition 3 is 1"},
      {"TheAppIsGone", [](Store&, auto& batch) { batch.remove(Family::apps, app_key(other_app)); },
       "belongs to app number 8, which does not exist"},
  };
}

std::vector<Planted> planted_in_places() {
  return {
      {"APlaceIsNobodys",
       [](Store&, auto& batch) { batch.remove(Family::ordinals, ordinal_key(one)); },
       "4 devices are stored, and 3 places say whose they are"},
      {"APlaceIsAnothers",
       [](Store&, auto& batch) {
         batch.put(Family::ordinals, ordinal_key(one), device_key(app, device_id(2)));
       },
       "belongs to a device that has ordinal 1 of partition 3"},
      {"APlaceIsOfADeviceThatIsNone",
       [](Store&, auto& batch) {
         batch.put(Family::ordinals, ordinal_key(one), device_key(app, device_id(99)));
       },
       "belongs to a device that is not stored"},
      {"APlaceIsFreeAndTaken",
       [](Store&, auto& batch) {
         batch.put(Family::meta, free_ordinal_key({one, 1}), "");
       },
       "has ordinal 0, but the next one to be given in partition 3 is 3"},
      {"AnOrdinalIsLost",
       [](Store&, auto& batch) { batch.put(Family::meta, next_ordinal_key(9), le32(2)); },
       "6 ordinals were given, but devices and free ones are 4"},
      {"AFreeOrdinalIsGarbage", [](Store&, auto& batch) { batch.put(Family::meta, "Fx", ""); },
       "is not an ordinal to be given again"},
      {"ADeviceIsNotInItsAttribute",
       [](Store&, auto& batch) {
         remove_from_set(batch, attribute_set_prefix(app, Attribute::platform, "linux"), one);
       },
       "lacks 1 devices whose rows put them into it"},
      {"AnAudienceHoldsAStranger",
       [](Store&, auto& batch) {
         add_to_set(batch, uploaded_set_prefix(app, "vip"), of_other_app);
       },
       "holds 1 devices that are none of app number 7"},
      {"ADayHoldsAStranger",
       [](Store&, auto& batch) {
         add_to_set(batch, seen_set_prefix(app, day_of(start_ms)), of_other_app);
       },
       "holds 1 devices that are none of app number 7"},
      {"ACollapseRowIsGarbage",
       [](Store&, auto& batch) {
         batch.put(Family::collapse, collapse_row_key(app, "score"), "\xff\xff");
       },
       "is not the messages of a collapse key"},
  };
}

std::vector<Planted> planted_in_messages() {
  return {
      {"AMessageRowIsGarbage",
       [](Store&, auto& batch) {
         batch.put(Family::casts, message_key(true, app, MessageId{cast}), "\xff\xff");
       },
       "is not a message"},
      {"AMessageRowIsGone",
       [](Store&, auto& batch) {
         batch.remove(Family::casts, message_key(true, app, MessageId{cast}));
       },
       "is of the books of message 0000000000000066, which is not stored"},
      {"AMessageIsAnothers",
       [](Store& store, auto& batch) {
         const auto row = store.get(Family::casts, message_key(true, app, MessageId{cast}));
         batch.put(Family::casts, message_key(true, app, MessageId{99}), **row);
       },
       "holds message 0000000000000066 of app number 7"},
      {"OpenedAndNotDelivered",
       [](Store&, auto& batch) {
         add_to_set(batch, book_set_prefix(book_of(cast), BookSet::opened), two);
       },
       "1 devices have it opened, but not delivered"},
      {"MoreDeliveredThanTargeted",
       [](Store&, auto& batch) {
         add_to_set(batch, book_set_prefix(book_of(acknowledged), BookSet::delivered), two);
       },
       "1 devices were targeted, but 2 have an outcome"},
      {"BooksNameADeviceThatIsNone",
       [](Store&, auto& batch) {
         add_to_set(batch, book_set_prefix(book_of(cast), BookSet::delivered), {3, 1000});
       },
       "holds ordinal 1000, which no device has been given"},
      {"AnInboxRowWithoutItsMessage",
       [](Store&, auto& batch) { batch.put(Family::inbox, inbox_row_key(one, 55), inbox_row(55)); },
       "waits for message 0000000000000037 of app number 7, which is not stored"},
      {"AnInboxRowThatWasDelivered",
       [](Store&, auto& batch) {
         batch.put(Family::inbox, inbox_row_key(one, acknowledged), inbox_row(acknowledged));
       },
       "still waits, though its message's books have the device as delivered"},
      {"AnInboxRowOfAnotherApp",
       [](Store&, auto& batch) {
         batch.put(Family::inbox, inbox_row_key(of_other_app, waiting), inbox_row(waiting));
       },
       "app number 7 has no device with ordinal 2 in partition 3"},
      {"AnInboxRowWithAnotherExpiry",
       [](Store&, auto& batch) {
         batch.put(Family::inbox, inbox_row_key(one, waiting),
                   InboxRow{book_of(waiting).expires_at_ms + 1, app}.serialize());
       },
       "has another priority or expiry than its message"},
  };
}

std::vector<Planted> planted_in_schedules() {
  const auto due_of_later = [] { return due_key({start_ms + 60'000, app, MessageId{later}}); };
  return {
      {"AScheduleIsNotDue",
       [=](Store&, auto& batch) { batch.remove(Family::schedule, due_of_later()); },
       "but not in the order of due time"},
      {"ADueScheduleIsNotStored",
       [](Store&, auto& batch) {
         batch.remove(Family::schedule, schedule_key(app, MessageId{later}));
       },
       "is of schedule 0000000000000068, which is not stored"},
      {"AScheduleIsDueTwice",
       [](Store&, auto& batch) {
         batch.put(Family::schedule, due_key({start_ms, app, MessageId{later}}), "");
       },
       "schedule 0000000000000068 is due at "},
      {"SchedulesAreMiscounted",
       [](Store&, auto& batch) { batch.put(Family::schedule, schedule_count_key(app), le64(2)); },
       "app number 7 has 2 schedules by its count and 1 rows"},
      {"AScheduleIsGarbage",
       [](Store&, auto& batch) {
         batch.put(Family::schedule, schedule_key(app, MessageId{later}), "\xff\xff");
       },
       "is not a schedule"},
      {"AScheduleWasSent",
       [](Store&, auto& batch) {
         internal::Scheduled row;
         batch.put(Family::schedule, schedule_key(app, MessageId{cast}), row.SerializeAsString());
         batch.put(Family::schedule, due_key({0, app, MessageId{cast}}), "");
         batch.put(Family::schedule, schedule_count_key(app), le64(2));
       },
       "still waits, though message 0000000000000066 is accepted"},
      {"AScheduleOfAnUnknownKind",
       [](Store&, auto& batch) { batch.put(Family::schedule, "what", ""); },
       "is of a kind this tocsind does not know"},
  };
}

std::vector<Planted> planted_in_rollouts() {
  return {
      {"ARolloutThatIsNone",
       [](Store&, auto& batch) {
         batch.put(Family::schedule, rollout_key(app, MessageId{cast}), "");
       },
       "message 0000000000000066 is not being rolled out"},
      {"ARolloutIsGarbage", [](Store&, auto& batch) { batch.put(Family::schedule, "Rubbish", ""); },
       "is not a rollout"},
      {"ARolloutIsNotListed",
       [](Store& store, auto& batch) {
         internal::MessageRow row;
         row.ParseFromString(**store.get(Family::casts, message_key(true, app, MessageId{cast})));
         row.mutable_rollout()->set_targeted(1);
         batch.put(Family::casts, message_key(true, app, MessageId{cast}), row.SerializeAsString());
       },
       "goes out in steps, but is not among those that do"},
      {"SomebodyWasReleasedWhoIsNotMeant",
       [](Store&, auto& batch) {
         const BookId book{MessageId{waiting}, start_ms + 3'600'000};
         add_to_set(batch, book_set_prefix(book, BookSet::released), {3, 1});
       },
       "1 devices are released, but not targeted"},
      {"ACountOfADayHasNoDay",
       [](Store&, auto& batch) {
         batch.put(Family::sets, "Qwhatever", sets::OrdinalSet().serialize());
       },
       "has no day"},
  };
}

std::vector<Planted> planted_in_details() {
  return {
      {"AnAnswerIsGarbage",
       [](Store&, auto& batch) {
         batch.put(Family::idempotency, idempotency_key_of(app, "call-1"), "\xff\xff");
       },
       "is not the answer to a call"},
      {"ALabelIsNotListed",
       [](Store&, auto& batch) {
         batch.remove(Family::details, label_key(app, Detail::label, "news", MessageId{kept}));
       },
       "messages have 2 labels and groups, but 1 lists of them"},
      {"ALabelIsAnothers",
       [](Store& store, auto& batch) {
         const auto row =
             store.get(Family::details, label_key(app, Detail::label, "news", MessageId{kept}));
         batch.put(Family::details, label_key(app, Detail::label, "olds", MessageId{kept}), **row);
       },
       "message 0000000000000067 has another label or group than this one"},
      {"LatenciesOfNoMessage",
       [](Store& store, auto& batch) {
         const auto row = store.get(Family::details, latency_key(app, MessageId{kept}));
         batch.put(Family::details, latency_key(app, MessageId{77}), **row);
       },
       "is of message 000000000000004d of app number 7, which is not stored"},
      {"AMinuteBeginsInBetween",
       [](Store&, auto& batch) {
         batch.put(Family::details, activity_key({app, ActivityStep::minute, 60'001}), "");
       },
       "is not what happened in a minute or an hour"},
      {"AnHourOfNoApp",
       [](Store&, auto& batch) {
         batch.put(Family::details, activity_key({AppId{99}, ActivityStep::hour, 3'600'000}), "");
       },
       "is of app number 99, which does not exist"},
      {"ADetailIsGarbage", [](Store&, auto& batch) { batch.put(Family::details, "what", ""); },
       "is no detail of a message"},
      {"AnAppHasTwoKeysOfOneId",
       [](Store& store, auto& batch) {
         internal::AppRow row;
         row.ParseFromString(**store.get(Family::apps, app_key(app)));
         *row.add_keys() = row.keys(0);
         batch.put(Family::apps, app_key(app), row.SerializeAsString());
       },
       "has two keys 'ci'"},
  };
}

std::vector<Planted> planted_in_forms() {
  return {
      {"ASetIsGarbage",
       [](Store&, auto& batch) {
         batch.put(Family::sets, set_key(tag_set_prefix(app, "x"), one.partition), "\xff\xff");
       },
       "is not a set"},
      {"BooksAreGarbage",
       [](Store&, auto& batch) {
         const auto prefix = book_set_prefix(book_of(cast), BookSet::delivered);
         batch.put(Family::sets, set_key(prefix, one.partition), "\xff\xff");
       },
       "is not a set"},
      {"ASetOfAnUnknownKind",
       [](Store&, auto& batch) { batch.put(Family::sets, "Z\x01\x02\x03", ""); },
       "of a kind this tocsind does not know"},
      {"BooksOfAnUnknownKind",
       [](Store&, auto& batch) {
         add_to_set(batch, book_set_prefix(book_of(cast), static_cast<BookSet>('?')), one);
       },
       "is a set of books of a kind this tocsind does not know"},
      {"AnInboxRowIsGarbage", [](Store&, auto& batch) { batch.put(Family::inbox, "short", "row"); },
       "is not an entry of an inbox"},
      {"AnAppIsGarbage",
       [](Store&, auto& batch) { batch.put(Family::apps, app_key(app), "\xff\xff"); },
       "is not an app"},
      {"TwoAppsHaveOneName",
       [](Store&, auto& batch) {
         batch.put(Family::apps, app_key(AppId{9}),
                   app_created(AppId{9}).app_created().SerializeAsString());
       },
       "a second app 'demo'"},
      {"MetaHasAnUnknownRow", [](Store&, auto& batch) { batch.put(Family::meta, "what", ""); },
       "is of a kind this tocsind does not know"},
      {"MetaHasABadCount",
       [](Store&, auto& batch) { batch.put(Family::meta, device_count_key(app), "few"); },
       "is not the number of devices of an app"},
      {"MetaHasABadOrdinal",
       [](Store&, auto& batch) { batch.put(Family::meta, next_ordinal_key(300), le32(1)); },
       "is not the next ordinal of a partition"},
      {"RowsWhereNoneBelong", [](Store&, auto& batch) { batch.put(Family::other, "x", "y"); },
       "nothing belongs into this family"},
  };
}

class PlantedTest : public StoreCheckTest, public testing::WithParamInterface<Planted> {};

TEST_P(PlantedTest, IsFoundAndNamed) {
  {
    auto store = Store::open(store_folder());
    ASSERT_TRUE(store.ok()) << store.status();
    Batch batch = (*store)->batch();
    GetParam().plant(**store, batch);
    ASSERT_TRUE((*store)->write(batch, (*store)->state()).ok());
    ASSERT_TRUE((*store)->flush(/*wait=*/true).ok());
  }
  expect_finding(GetParam().finding);
  EXPECT_THAT(findings_, Contains(HasSubstr("remove the folder " + store_folder())))
      << "what to do: the log is complete";
}

const auto name_of_planted = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Devices, PlantedTest, testing::ValuesIn(planted_in_devices()),
                         name_of_planted);
INSTANTIATE_TEST_SUITE_P(Places, PlantedTest, testing::ValuesIn(planted_in_places()),
                         name_of_planted);
INSTANTIATE_TEST_SUITE_P(Messages, PlantedTest, testing::ValuesIn(planted_in_messages()),
                         name_of_planted);
// Of the events of good_records() number 1 is a dead letter, and 2 to 4 wait.
std::vector<Planted> planted_in_webhooks() {
  return {
      {"EventNotCounted",
       [](Store& store, auto& batch) {
         const auto event = store.get(Family::webhooks, webhook_event_key(app, 4));
         internal::WebhookEventRow row;
         row.ParseFromString(**event);
         row.set_sequence(9);
         batch.put(Family::webhooks, webhook_event_key(app, 9), row.SerializeAsString());
       },
       "app number 7 has 3 events of "},
      {"EventUnderAnotherNumber",
       [](Store& store, auto& batch) {
         const auto event = store.get(Family::webhooks, webhook_event_key(app, 4));
         batch.put(Family::webhooks, webhook_event_key(app, 5), **event);
       },
       "is not an event"},
      {"DeadLetterNotCounted",
       [](Store&, auto& batch) { batch.remove(Family::webhooks, dead_letter_key(app, 1)); },
       "app number 7 has 1 dead letters by its count and 0 rows"},
      {"EventWaitsAndIsADeadLetter",
       [](Store& store, auto& batch) {
         internal::DeadLetterRow row;
         row.ParseFromString(**store.get(Family::webhooks, dead_letter_key(app, 1)));
         batch.put(Family::webhooks, webhook_event_key(app, 1), row.events(0).SerializeAsString());
       },
       "has event 1, which waits too"},
      {"EventOfNobodysApp",
       [](Store& store, auto& batch) {
         const auto event = store.get(Family::webhooks, webhook_event_key(app, 4));
         batch.put(Family::webhooks, webhook_event_key(AppId{99}, 4), **event);
       },
       "belongs to app number 99, which does not exist"},
      {"QueueUnreadable",
       [](Store&, auto& batch) { batch.put(Family::webhooks, webhook_queue_key(app), "\xff"); },
       "is not the queue of a webhook"},
      {"WebhookRowOfAnotherKind",
       [](Store&, auto& batch) { batch.put(Family::webhooks, "what", ""); },
       "is of a kind this tocsind does not know"},
  };
}

INSTANTIATE_TEST_SUITE_P(Webhooks, PlantedTest, testing::ValuesIn(planted_in_webhooks()),
                         name_of_planted);
INSTANTIATE_TEST_SUITE_P(Schedules, PlantedTest, testing::ValuesIn(planted_in_schedules()),
                         name_of_planted);
INSTANTIATE_TEST_SUITE_P(Rollouts, PlantedTest, testing::ValuesIn(planted_in_rollouts()),
                         name_of_planted);
INSTANTIATE_TEST_SUITE_P(Details, PlantedTest, testing::ValuesIn(planted_in_details()),
                         name_of_planted);
INSTANTIATE_TEST_SUITE_P(Forms, PlantedTest, testing::ValuesIn(planted_in_forms()),
                         name_of_planted);

}  // namespace
}  // namespace tocsin::storage
