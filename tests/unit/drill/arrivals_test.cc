// AlertRecorder writes the book, tally_round reads it: tested as the pair they are.
#include "drill/fleet/arrivals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drill/report.h"

namespace tocsin::bench::drill {
namespace {

using testing::ElementsAre;

constexpr uint64_t start_ns = 5'000;
constexpr uint64_t timeout_ns = 1'000;

ArrivalBook make_book(size_t devices, size_t rounds) {
  auto book = ArrivalBook::create(devices, rounds);
  EXPECT_TRUE(book.ok()) << book.status().ToString();
  return *std::move(book);
}

TEST(AlertTitleTest, OnlyOurOwnTitlesHaveARound) {
  EXPECT_EQ(round_in_title("drill-1", alert_title("drill-1", 42)), 42u);
  EXPECT_EQ(round_in_title("drill-1", "drill-12 4"), std::nullopt);
  EXPECT_EQ(round_in_title("drill-1", "drill-1 "), std::nullopt);
  EXPECT_EQ(round_in_title("drill-1", "drill-1 4x"), std::nullopt);
  EXPECT_EQ(round_in_title("drill-1", "other 4"), std::nullopt);
  EXPECT_EQ(round_in_title("drill-1", ""), std::nullopt);
}

TEST(ArrivalsTest, DeliveredMissingLateAndTwiceAreTold) {
  const ArrivalBook book = make_book(10, 2);
  AlertRecorder recorder(book, "m");
  recorder.on_push(0, "m 1", true, start_ns + 30);
  recorder.on_push(1, "m 1", true, start_ns + 10);
  recorder.on_push(1, "m 1", false, start_ns + 50);  // repeated, dropped by the client
  recorder.on_push(2, "m 1", true, start_ns + 20);
  recorder.on_push(2, "m 1", true, start_ns + 60);              // handed to the app twice
  recorder.on_push(3, "m 1", true, start_ns + timeout_ns + 1);  // too late
  recorder.on_push(4, "m 0", true, start_ns + 1);               // another round
  recorder.on_push(5, "somebody else's", true, start_ns + 1);
  recorder.on_push(6, "m 9", true, start_ns + 1);  // no such round
  EXPECT_EQ(book.got(1), 4u);
  EXPECT_EQ(book.got(0), 1u);

  const RoundTally tally = tally_round(book, 1, {start_ns, timeout_ns}, 0);
  EXPECT_EQ(tally.expected, 10u);
  EXPECT_EQ(tally.delivered, 3u);
  EXPECT_EQ(tally.app_duplicates, 1u);
  EXPECT_EQ(tally.wire_duplicates, 2u);
  EXPECT_THAT(tally.waits_ns, ElementsAre(30, 10, 20));
}

TEST(ArrivalsTest, StuckDevicesAreNotExpected) {
  const ArrivalBook book = make_book(20, 1);
  const RoundTally tally = tally_round(book, 0, {start_ns, timeout_ns}, 10);
  EXPECT_EQ(tally.expected, 18u);
  EXPECT_EQ(tally.delivered, 0u);
}

TEST(ArrivalsTest, LastDeliveriesOfEachShare) {
  const ArrivalBook book = make_book(6, 1);
  const uint64_t ms = 1'000'000;
  book.at(0, 0).first_ns = start_ns + 3 * ms;
  book.at(0, 1).first_ns = start_ns + 7 * ms;
  book.at(0, 2).first_ns = start_ns + 5 * ms;
  book.at(0, 3).first_ns = start_ns + 90 * ms;  // too late
  const Series last_ms = last_deliveries_ms(book, 0, {start_ns, 50 * ms}, {{0, 2}, {2, 2}, {4, 2}});
  EXPECT_EQ(last_ms.size(), 2u);
  EXPECT_DOUBLE_EQ(last_ms.min(), 5);
  EXPECT_DOUBLE_EQ(last_ms.max(), 7);
  EXPECT_EQ(had_before(book, 0, start_ns + 6 * ms), 2u);
}

TEST(ArrivalsTest, DeliveredAreCountedByShare) {
  const ArrivalBook book = make_book(10, 1);
  for (size_t device = 0; device < 6; ++device) book.at(0, device).to_app = 1;
  EXPECT_EQ(delivered_to(book, 0, {0, 10}), 6u);
  EXPECT_EQ(delivered_to(book, 0, {4, 6}), 2u);
}

TEST(CurveTest, RisesToTheShareThatGotItAndEndsAtTheLastDevice) {
  std::vector<double> waits_ms;
  for (int i = 1; i <= 900; ++i) waits_ms.push_back(i);
  const auto curve = curve_of(Series(std::move(waits_ms)), 1000);
  ASSERT_GE(curve.size(), 200u);
  for (size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GE(curve[i].first, curve[i - 1].first);
    EXPECT_GT(curve[i].second, curve[i - 1].second);
  }
  EXPECT_DOUBLE_EQ(curve.back().first, 900);
  EXPECT_DOUBLE_EQ(curve.back().second, 0.9);
  EXPECT_TRUE(curve_of(Series(), 1000).empty());
}

TEST(ArrivalBookTest, IsSharedWithAChildProcess) {
  const ArrivalBook book = make_book(1000, 3);
  const pid_t child = fork();
  if (child == 0) {
    book.at(2, 999).first_ns = 77;
    ++book.got(2);
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(book.at(2, 999).first_ns, 77u);
  EXPECT_EQ(book.at(1, 999).first_ns, 0u);
  EXPECT_EQ(book.got(2), 1u);
  EXPECT_EQ(book.got(1), 0u);
}

TEST(ArrivalBookTest, RefusesTooMuch) {
  EXPECT_EQ(ArrivalBook::create(4'000'000, 100).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tocsin::bench::drill
