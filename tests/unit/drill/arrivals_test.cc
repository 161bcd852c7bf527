// AlertRecorder writes the book, tally_round reads it: tested as the pair they are.
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drill/alert_recorder.h"
#include "drill/arrival_book.h"
#include "drill/round_tally.h"

namespace tocsin::drill {
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
  EXPECT_EQ(recorder.got(1), 4u);
  EXPECT_EQ(recorder.got(0), 1u);
  EXPECT_EQ(recorder.got(9), 0u);

  const RoundTally tally = tally_round(book, 1, start_ns, timeout_ns, 0);
  EXPECT_EQ(tally.expected, 10u);
  EXPECT_EQ(tally.delivered, 3u);
  EXPECT_EQ(tally.app_duplicates, 1u);
  EXPECT_EQ(tally.wire_duplicates, 2u);
  EXPECT_THAT(tally.waits_ns, ElementsAre(30, 10, 20));
}

TEST(ArrivalsTest, StuckDevicesAreNotExpected) {
  const ArrivalBook book = make_book(20, 1);
  const RoundTally tally = tally_round(book, 0, start_ns, timeout_ns, 10);
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
  EXPECT_THAT(last_deliveries_ms(book, 0, start_ns, 50 * ms, {{0, 2}, {2, 2}, {4, 2}}),
              ElementsAre(7, 5));
}

TEST(CurveTest, RisesToTheShareThatGotItAndEndsAtTheLastDevice) {
  std::vector<uint64_t> waits_ns;
  for (uint64_t i = 1; i <= 900; ++i) waits_ns.push_back(i * 1'000'000);
  const auto curve = curve_of(LatencyDistribution(std::move(waits_ns)), 1000, 50);
  ASSERT_GE(curve.size(), 50u);
  for (size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GE(curve[i].wait_ms, curve[i - 1].wait_ms);
    EXPECT_GT(curve[i].share, curve[i - 1].share);
  }
  EXPECT_DOUBLE_EQ(curve.back().wait_ms, 900);
  EXPECT_DOUBLE_EQ(curve.back().share, 0.9);
  EXPECT_TRUE(curve_of(LatencyDistribution({}), 1000, 50).empty());
}

TEST(ArrivalBookTest, IsSharedWithAChildProcess) {
  const ArrivalBook book = make_book(1000, 3);
  const pid_t child = fork();
  if (child == 0) {
    const auto opened = ArrivalBook::open(dup(book.fd()), 1000, 3);
    if (opened.ok()) opened->at(2, 999).first_ns = 77;
    _exit(opened.ok() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(book.at(2, 999).first_ns, 77u);
  EXPECT_EQ(book.at(1, 999).first_ns, 0u);
}

TEST(ArrivalBookTest, RefusesAnotherSizeAndTooMuch) {
  const ArrivalBook book = make_book(10, 1);
  EXPECT_EQ(ArrivalBook::open(dup(book.fd()), 11, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ArrivalBook::create(4'000'000, 100).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace tocsin::drill
