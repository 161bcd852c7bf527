
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "storage/store/keys.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;
using testing::IsEmpty;

class MessageListTest : public testing::Test {
 protected:
  MessageListTest() { store_.apply(app_created()); }

  static MessageOf message(uint64_t id, uint64_t ttl_ms = 3'600'000, AppId to = app) {
    return {id, wire::Priority::normal, start_ms, ttl_ms, to};
  }
  using Page = internal::MessagePageQuestion::Answer;
  enum class By { label, group };
  static std::vector<uint64_t> ids_of(const Page& page) {
    return {page.message_ids().begin(), page.message_ids().end()};
  }
  Page page(uint64_t before = 0, size_t max = 100, uint64_t now_ms = start_ms) const {
    return ask(cluster::about<internal::MessagePageQuestion>(app), before, max, now_ms);
  }
  Page labelled_page(By by, const std::string& text, uint64_t before = 0, size_t max = 100,
                     uint64_t now_ms = start_ms) const {
    auto question = cluster::about<internal::MessagePageQuestion>(app);
    by == By::label ? question.set_label(text) : question.set_group(text);
    return ask(std::move(question), before, max, now_ms);
  }
  Page ask(internal::MessagePageQuestion question, uint64_t before, size_t max,
           uint64_t now_ms) const {
    question.set_before(before);
    question.set_messages_max(static_cast<uint32_t>(max));
    const auto page = store_.ask(question, now_ms);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : Page();
  }
  static constexpr auto by_label = By::label;
  static constexpr auto by_group = By::group;

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(MessageListTest, TheNewestComesFirstWhateverItsTarget) {
  store_.apply(to_everyone(message(100)));
  store_.apply(to_devices(message(102), {}));
  store_.apply(to_tag(message(103), "x"));
  store_.apply(to_devices(message(101), {}));
  store_.apply(to_everyone(message(500, 3'600'000, AppId{6})));
  store_.apply(to_devices(message(501, 3'600'000, AppId{8}), {}));
  EXPECT_THAT(ids_of(page()), ElementsAre(103, 102, 101, 100));
  EXPECT_EQ(page().next(), 0u) << "these were all";
  const Page first = page(0, 3);
  EXPECT_THAT(ids_of(first), ElementsAre(103, 102, 101));
  EXPECT_THAT(ids_of(page(first.next(), 3)), ElementsAre(100));
  EXPECT_EQ(page(first.next(), 3).next(), 0u);
  EXPECT_THAT(ids_of(page(100)), IsEmpty());
}

TEST_F(MessageListTest, LabelsAndGroupsAreFoundExactly) {
  store_.apply(labelled(to_everyone(message(100)), "news", "eu"));
  store_.apply(labelled(to_devices(message(101), {}), "news"));
  store_.apply(labelled(to_tag(message(102), "x"), "newsletter", "eu"));
  store_.apply(to_everyone(message(103)));
  store_.apply(labelled(to_everyone(message(104, 3'600'000, AppId{8})), "news"));
  store_.apply(recalled(101, start_ms));
  EXPECT_THAT(ids_of(labelled_page(by_label, "news")), ElementsAre(101, 100));
  EXPECT_THAT(ids_of(labelled_page(by_label, "newsletter")), ElementsAre(102));
  EXPECT_THAT(ids_of(labelled_page(by_group, "eu")), ElementsAre(102, 100));
  EXPECT_THAT(ids_of(labelled_page(by_group, "news")), IsEmpty());
  EXPECT_THAT(ids_of(labelled_page(by_label, "")), IsEmpty());
  EXPECT_THAT(ids_of(labelled_page(by_label, std::string(300, 'x'))), IsEmpty());
  const Page first = labelled_page(by_label, "news", 0, 1);
  EXPECT_THAT(ids_of(first), ElementsAre(101));
  EXPECT_THAT(ids_of(labelled_page(by_label, "news", first.next())), ElementsAre(100));
  EXPECT_EQ(store_.books(100).label, "news");
  EXPECT_EQ(store_.books(100).group, "eu");
}

TEST_F(MessageListTest, TheListEndsWithTheReports) {
  store_.apply(labelled(to_everyone(message(100, 1000)), "news"));
  store_.apply(labelled(to_everyone(message(101, 5000)), "news"));
  const uint64_t later_ms = start_ms + 1000 + report_retention_ms + 1;
  EXPECT_THAT(ids_of(page(0, 100, later_ms)), ElementsAre(101));
  EXPECT_THAT(ids_of(labelled_page(by_label, "news", 0, 100, later_ms)), ElementsAre(101));
}

TEST_F(MessageListTest, OnePageLooksAtSoManyRowsAndSaysWhereToGoOn) {
  store_.apply(to_devices(message(1), {}));
  for (uint64_t id = 2; id <= limits::page_rows_max + 1; ++id) {
    store_.apply(to_devices(message(id, 0), {}));
  }
  const uint64_t later_ms = start_ms + report_retention_ms + 1;
  const Page first = page(0, 10, later_ms);
  EXPECT_THAT(ids_of(first), IsEmpty());
  EXPECT_EQ(first.next(), 2u);
  EXPECT_THAT(ids_of(page(2, 10, later_ms)), ElementsAre(1));
}

TEST_F(MessageListTest, LabelsHaveALimit) {
  const std::string longest(limits::label_bytes_max, 'l');
  store_.apply(labelled(to_everyone(message(100)), longest, longest));
  EXPECT_THAT(ids_of(labelled_page(by_group, longest)), ElementsAre(100));
  for (const auto& record : {labelled(to_everyone(message(101)), longest + "l"),
                             labelled(to_everyone(message(101)), "", longest + "l")}) {
    EXPECT_EQ(store_.try_apply(record.SerializeAsString()).code(), absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace tocsin::storage
