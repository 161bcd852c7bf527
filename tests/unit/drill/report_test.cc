#include "drill/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin::bench::drill {
namespace {

using testing::HasSubstr;
using testing::Not;

RoundReport good_round(double p100_ms) {
  RoundReport round;
  round.message_id = "0123456789abcdef";
  round.expected = 900;
  round.delivered = 900;
  round.accepted_ms = 2.25;
  round.p50_ms = p100_ms / 2;
  round.p100_ms = p100_ms;
  round.server_cpu_us_per_delivery = 8.5;
  round.books = Books{1000, 100, 900, 0, 0};
  round.books_closed = true;
  return round;
}

Report good_report() {
  Report report;
  report.setting.priority = "alert";
  report.setting.payload_bytes = 150;
  report.setting.workers = 1;
  report.setting.cpus = 2;
  report.setting.limited_by = "a \"quoted\" reason";
  report.setting.devices = 1000;
  report.setting.stuck = 100;
  report.connect.connected = 1000;
  report.connect.handshakes_per_s = 1500;
  report.connect.handshakes_full = 40;
  report.connect.handshakes_resumed = 1960;
  report.memory.before.server_rss_bytes = 40'000'000;
  report.memory.after.server_rss_bytes = 40'512'000;
  report.memory.user_bytes_per_connection = 512;
  report.rounds = {good_round(30), good_round(10), good_round(20)};
  return report;
}

std::optional<double> measure(const Report& report, const char* name) {
  return number_at(measures_of(report), name);
}

// As whoever reads the file sees it.
Json json_text_of(const Report& report) { return parse_object(text_of(json_of(report))); }

TEST(ReportTest, MeasuresAreMediansOfTimesAndSumsOfCounts) {
  Report report = good_report();
  report.rounds[1].missing = 2;
  report.rounds[2].missing = 1;
  report.rounds[2].books_closed = false;
  EXPECT_DOUBLE_EQ(measure(report, "p100_ms").value(), 20);
  EXPECT_DOUBLE_EQ(measure(report, "missing").value(), 3);
  EXPECT_DOUBLE_EQ(measure(report, "books_not_closed").value(), 1);
  EXPECT_DOUBLE_EQ(measure(report, "user_bytes_per_connection").value(), 512);
  EXPECT_DOUBLE_EQ(measure(report, "server_cpu_us_per_delivery").value(), 8.5);
  EXPECT_DOUBLE_EQ(measure(report, "not_connected").value(), 0);
}

Report competing_report() {
  Report report = good_report();
  for (const RoundReport& round : report.rounds) {
    CompetingReport competing;
    competing.alert = good_round(round.p100_ms + 6);
    competing.broadcast = good_round(round.p100_ms * 2);
    competing.p100_ratio = competing.alert.p100_ms / round.p100_ms;
    competing.broadcast_percent_at_alert = 12;
    report.competing.push_back(competing);
  }
  return report;
}

TEST(ReportTest, CompetingIsJudgedByPairsAndMissedBroadcastsCount) {
  Report report = competing_report();
  EXPECT_DOUBLE_EQ(measure(report, "competing_p100_ratio").value(), 1.3);  // of 1.2, 1.6 and 1.3
  EXPECT_DOUBLE_EQ(measure(report, "alert_alone_p100_ms").value(), 20);
  EXPECT_DOUBLE_EQ(measure(report, "alert_competing_p100_ms").value(), 26);
  EXPECT_DOUBLE_EQ(measure(report, "broadcast_percent_at_alert").value(), 12);
  EXPECT_DOUBLE_EQ(measure(report, "p100_ms").value(), 20);
  EXPECT_TRUE(all_well(report));
  report.competing[1].broadcast.missing = 3;
  EXPECT_DOUBLE_EQ(measure(report, "missing").value(), 3);
  EXPECT_FALSE(all_well(report));
  EXPECT_EQ(measure(good_report(), "competing_p100_ratio"), std::nullopt);
}

TEST(ReportTest, ServersFinishApartByTheMedianOfTheRounds) {
  Report report = good_report();
  report.rounds[0].spread_between_servers_ms = Series({5, 4, 9});
  report.rounds[1].spread_between_servers_ms = Series({5, 4, 5});
  report.rounds[2].spread_between_servers_ms = Series({5, 4, 6});
  EXPECT_DOUBLE_EQ(measure(report, "spread_between_servers_ms").value(), 2);
  EXPECT_THAT(table_of(report), HasSubstr("(4.0 to 9.0) round 1"));
}

TEST(ReportTest, AFleetThatWasCutSaysSo) {
  Report report = good_report();
  report.setting.asked_devices = 5000;
  report.setting.limited_by = "no room";
  EXPECT_THAT(table_of(report), HasSubstr("5,000    no room"));
  const Json setting = json_text_of(report)["setting"];
  EXPECT_EQ(setting["asked_devices"], 5000);
  EXPECT_EQ(setting["limited_by"], "no room");
}

TEST(ReportTest, WhatWasNotMeasuredIsAbsent) {
  Report report = good_report();
  report.memory.user_bytes_per_connection.reset();
  for (RoundReport& round : report.rounds) round.server_cpu_us_per_delivery.reset();
  EXPECT_EQ(measure(report, "user_bytes_per_connection"), std::nullopt);
  EXPECT_EQ(measure(report, "server_cpu_us_per_delivery"), std::nullopt);
  EXPECT_THAT(text_of(json_of(report)), Not(HasSubstr("server_cpu_us_per_delivery")));
  EXPECT_THAT(table_of(report), HasSubstr("not measured"));
}

TEST(ReportTest, OneDeviceThatMissesOrGetsItTwiceOrIsNotThereIsNotWell) {
  EXPECT_TRUE(all_well(good_report()));
  Report missing = good_report();
  missing.rounds[1].missing = 1;
  EXPECT_FALSE(all_well(missing));
  Report twice = good_report();
  twice.rounds[0].duplicates = 1;
  EXPECT_FALSE(all_well(twice));
  Report absent = good_report();
  absent.connect.connected = 999;
  EXPECT_FALSE(all_well(absent));
  Report repeated = good_report();
  repeated.rounds[0].wire_duplicates = 5;  // at least once on the wire is the promise
  EXPECT_TRUE(all_well(repeated));
}

TEST(ReportJsonTest, IsJsonWithTheDocumentedKeys) {
  const Json document = json_text_of(good_report());
  EXPECT_EQ(document["all_well"], true);
  EXPECT_EQ(document["setting"]["devices"], 1000);
  EXPECT_EQ(document["setting"]["stuck"], 100);
  EXPECT_EQ(document["setting"]["limited_by"], "a \"quoted\" reason");
  EXPECT_EQ(document["memory"]["server_rss_bytes_after"], 40'512'000);
  ASSERT_EQ(document["rounds"].size(), 3u);
  const Json& round = document["rounds"][0];
  EXPECT_EQ(round["delivered"], 900);
  EXPECT_EQ(round["accepted_ms"], 2.25);
  EXPECT_EQ(round["books"]["pending"], 100);
  EXPECT_EQ(document["spread"]["p100_ms"]["max"], 30);
  EXPECT_EQ(measure(good_report(), "p100_ms"), 20);
}

TEST(ReportJsonTest, CompetingRoundsHaveBothMessages) {
  Report report = competing_report();
  report.stuck = StuckReport{123, 4};
  const Json document = json_text_of(report);
  const Json& pair = document["competing"][1];
  EXPECT_EQ(pair["alert"]["p100_ms"], 16);
  EXPECT_EQ(pair["broadcast"]["delivered"], 900);
  EXPECT_EQ(document["stuck"]["unread_bytes"], 123);
  EXPECT_EQ(document["stuck"]["closed_by_server"], 4);
  EXPECT_EQ(document["spread"]["competing_p100_ratio"]["max"], 1.6);
}

TEST(ReportTableTest, HasUnitsRangesAndTheVerdict) {
  const std::string table = table_of(good_report());
  EXPECT_THAT(table, HasSubstr("20.0 ms   (10.0 to 30.0)"));
  EXPECT_THAT(table, HasSubstr("512 B"));
  EXPECT_THAT(table, HasSubstr("targeted 1,000 = delivered 900 + pending 100"));
  EXPECT_THAT(table, HasSubstr("each exactly once"));
  Report bad = good_report();
  bad.rounds[0].missing = 4;
  EXPECT_THAT(table_of(bad), HasSubstr("NOT WELL: 0 not connected, 4 missed"));
}

TEST(ReportTest, ResumedHandshakesAreNeverPassedOffAsFullOnes) {
  const Report report = good_report();
  EXPECT_THAT(table_of(report), HasSubstr("40    full, 1,960 resumed"));
  const Json connect = json_text_of(report)["connect"];
  EXPECT_EQ(connect["handshakes_full"], 40);
  EXPECT_EQ(connect["handshakes_resumed"], 1960);
  EXPECT_EQ(measure(report, "handshakes_full"), 40);
  EXPECT_EQ(measure(report, "handshakes_resumed"), 1960);
}

}  // namespace
}  // namespace tocsin::bench::drill
